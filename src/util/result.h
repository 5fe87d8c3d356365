// Result<T>: a value or an Error. Nothing in bpftax throws across a module border and nothing but main()
// calls exit(). An Error is handled or propagated, and printed once, in main, in the form
//
//     bpftax: error: WHAT: WHERE: WHY
//     hint: HOW TO FIX
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace bpftax {

// What kind of thing went wrong; decides the exit code (exit_code()).
enum class ErrorKind {
  kUsage,        // command line or configuration: 2
  kEnvironment,  // this machine or a host cannot do what is needed: 3
  kSubject,      // the tool under test did not do what a tool must do: 3
  kWorkload,     // a workload did not do what was asked: 3
  kLost,         // an agent or a connection went away: 3
  kInterrupted,  // the user asked us to stop: 130
  kInternal,     // a bug of ours, or an impossible answer of the kernel: 3
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string what;   // the operation that failed: "cannot create the network namespace"
  std::string where;  // object it failed on: path, file:line:column, host, command; may be empty
  std::string why;    // the cause: strerror text, a tool's own words
  std::string hint;   // how to fix it; may be empty
  int errno_value = 0;
};

// "WHAT: WHERE: WHY", parts that are empty left out; without the program's name and the hint.
std::string to_string(const Error& error);

// The process exit code for an error of this kind (formats.md section 1).
int exit_code(ErrorKind kind);

template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;
  Result(const Base& base) : Base(base) {}        // NOLINT(google-explicit-constructor)
  Result(Base&& base) : Base(std::move(base)) {}  // NOLINT(google-explicit-constructor)
};

// return fail(ErrorKind::kUsage, "cannot parse the duration", "'5 parsecs'", "unknown unit", "use 500ms, 2s,
// 5m");
tl::unexpected<Error> fail(ErrorKind kind, std::string what, std::string where = {}, std::string why = {},
                           std::string hint = {});

// The same with errno's text as the cause.
tl::unexpected<Error> fail_errno(int errno_value, std::string what, std::string where = {},
                                 ErrorKind kind = ErrorKind::kEnvironment, std::string hint = {});

// Passes an error on: `return propagate(result);`
template <class T>
tl::unexpected<Error> propagate(Result<T>& result) {
  return tl::unexpected<Error>(std::move(result.error()));
}
template <class T>
tl::unexpected<Error> propagate(Result<T>&& result) {
  return tl::unexpected<Error>(std::move(result.error()));
}

}  // namespace bpftax

// BPFTAX_TRY(expr): for a Result<void>: returns its error from the enclosing function.
#define BPFTAX_TRY(expr)                                                              \
  do {                                                                                \
    auto bpftax_try_result = (expr);                                                  \
    if (!bpftax_try_result) return ::bpftax::propagate(std::move(bpftax_try_result)); \
  } while (false)

#define BPFTAX_CONCAT_INNER(a, b) a##b
#define BPFTAX_CONCAT(a, b) BPFTAX_CONCAT_INNER(a, b)
// BPFTAX_ASSIGN(auto x, expr): x = value of the Result<T>, or returns its error.
#define BPFTAX_ASSIGN(declaration, expr)                                            \
  auto BPFTAX_CONCAT(bpftax_result_, __LINE__) = (expr);                            \
  if (!BPFTAX_CONCAT(bpftax_result_, __LINE__))                                     \
    return ::bpftax::propagate(std::move(BPFTAX_CONCAT(bpftax_result_, __LINE__))); \
  declaration = std::move(*BPFTAX_CONCAT(bpftax_result_, __LINE__))
