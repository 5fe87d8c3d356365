// Writes a JSON document straight as text, without a tree of values in between: for the large ones and for
// the thousands. The same bytes as OrderedJson::dump(2) gives with bytes that are not UTF-8 replaced; a test
// compares them.
#pragma once

#include <concepts>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bpftax {

// A number as JSON has it, with as many digits as tell it from its neighbours; not finite: "null".
void append_json_number(std::string& text, double number);

class JsonText {
 public:
  // Within an object each value or opening bracket follows key(). The caller closes what it opens.
  void open_object() { open('{'); }
  void open_array() { open('['); }
  void close();
  void key(std::string_view name);

  void value(std::nullptr_t) { plain("null"); }
  void value(bool given) { plain(given ? "true" : "false"); }
  void value(double number);  // not finite: null
  void value(std::string_view text);
  void value(const std::string& text) { value(std::string_view(text)); }
  void value(const char* text) { value(std::string_view(text)); }
  void value(const nlohmann::ordered_json& tree);  // numbers in it as they are kept there
  template <std::integral Integer>
  void value(Integer number) {
    plain(std::to_string(number));
  }
  template <class T>
  void value(const std::optional<T>& given) {
    given ? value(*given) : value(nullptr);
  }
  template <class T>
  void value(const std::vector<T>& list) {
    open_array();
    for (const T& item : list) value(item);
    close();
  }

  template <class T>
  void member(std::string_view name, const T& given) {
    key(name);
    value(given);
  }
  void member_object(std::string_view name) {
    key(name);
    open_object();
  }
  void member_array(std::string_view name) {
    key(name);
    open_array();
  }

  // The document, with a newline at its end. The writer is as new then.
  std::string take();
  // The same, good until the next document: the memory stays for that one.
  std::string_view lend();
  // Room for a document of about that many bytes.
  void reserve(size_t bytes) { text_.reserve(bytes); }

 private:
  void open(char bracket);
  void plain(std::string_view text);
  void before_value();
  void quote(std::string_view text);
  void new_line();

  struct Level {
    char closing;
    bool empty;
  };
  std::string text_, lent_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

}  // namespace bpftax
