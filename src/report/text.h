// Words and numbers as the reports print them, and text from outside made safe for one line of a terminal.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/lang.h"
#include "result/model.h"

namespace bpftax {

// Text from outside on one line: control characters, line ends, bidirectional controls and invisible
// characters become visible escapes ("\n", "\x1b", "\u202e"). The rest stays, whatever its script.
std::string one_line(std::string_view text);

// The same, but lines stay lines: for blocks of code.
std::string safe_lines(std::string_view text);

// one_line() for Markdown: what it or HTML would read as markup is escaped. Fit for a cell of a table.
std::string md_escape(std::string_view text);

// Columns that valid UTF-8 takes on a terminal: East Asian wide characters and emoji 2, combining marks 0.
size_t display_width(std::string_view text);
// Cut to that many columns, "..." at the end when cut.
std::string fit(std::string_view text, size_t columns);
std::string pad_right(std::string_view text, size_t columns);
std::string pad_left(std::string_view text, size_t columns);
// Lines of at most that many columns, broken at blanks where possible, never between a number and its "%". At
// least one line.
std::vector<std::string> wrap(std::string_view text, size_t columns);

// Signed, with as many decimals as help: "+0.04", "+3.2", "-12.6", "+312". "?" when unknown.
std::string signed_number(const std::optional<double>& value);
// The same without a plus.
std::string plain_number(const std::optional<double>& value);
// "+12.1 to +24.4"; "?" when unknown.
std::string interval_text(const std::optional<double>& low, const std::optional<double>& high,
                          Lang lang = Lang::kEn);
// "17.82 Gbit/s", "12.63 us", "412k/s", "0.31 %"; "?" when unknown. "us/transaction" is shortened to "us":
// the metric's label says per what.
std::string value_text(const std::optional<double>& value, std::string_view unit);
// "9.1 %", "1.2 MiB", "412k"; "?" when unknown.
std::string percent_text(const std::optional<double>& value);
std::string bytes_text(const std::optional<double>& value);
std::string count_text(const std::optional<double>& value);
// "0.048", "1.7e-09"; "<1e-300" where it is too small for a number.
std::string p_text(const std::optional<double>& p);
std::optional<double> kb_to_bytes(const std::optional<double>& kb);

// "latency_mean_us" -> "mean latency", "cpu_us_per_unit" of "tcp_rr" -> "CPU/transaction"; an unknown metric
// is returned as it is.
std::string metric_label(std::string_view metric, std::string_view workload, Lang lang = Lang::kEn);
// "tcp_rr" -> "TCP request/response", "udp_pps_4" -> "UDP small packets, 4 senders"; unknown: as it is.
std::string workload_label(std::string_view workload, Lang lang = Lang::kEn);
// What one unit of work of a workload is: "transaction", "packet", "GB"; "unit" when unknown.
std::string unit_of_work(std::string_view workload, Lang lang = Lang::kEn);
// "3 %"; "18.5 % (1 us)" where the smallest difference that counts makes the margin; "none".
std::string margin_text(const ResultComparison& row, Lang lang = Lang::kEn);
std::string margin_percent_text(double margin_percent, Lang lang = Lang::kEn);

// "1 tool", "3 tools": English
std::string counted(size_t n, std::string_view noun);

// The words of a shell command as they stand there, with their quotes: joined by spaces they are the command
// again.
std::vector<std::string> shell_words(const std::string& command);

}  // namespace bpftax
