// Errors as values.
//
// Invalid input and failing surroundings are an Error inside a Result<T>; a broken invariant of our own is a CHECK
// (base/check.h). Messages are lowercase, without a final period, the variable part last, and say what to do where
// that is known: "label name is longer than 1024 bytes: foo…".
//
// Thread safety: values, like any other.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace isobar {

// What kind of failure; api/ maps each to one HTTP status.
enum class Code {
  kInvalid,        // the caller's input is wrong; repeating it will not help (400)
  kUnprocessable,  // well-formed, but evaluating it failed or met a limit (422)
  kNotFound,       // (404)
  kTooLarge,       // a size limit (413)
  kUnsupported,    // media type or encoding we do not speak (415)
  kRateLimited,    // try later (429)
  kConflict,       // a compare-and-swap lost its race (409)
  kUnavailable,    // a dependency, disk or queue cannot serve now; outcome of a write may be unknown (503)
  kTimeout,        // a deadline passed (503)
  kCancelled,      // the caller went away (499)
  kCorrupt,        // stored bytes fail their checksum or structure (500)
  kInternal,       // anything else (500)
};

std::string_view code_name(Code code);

struct Error {
  Code code = Code::kInternal;
  std::string message;

  // Prefixes the message: with_context("block 01J…") gives "block 01J…: <message>".
  Error with_context(std::string_view context) &&;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Code code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace isobar

// TRY(const Labels labels, parse_labels(text));  declares `labels` or returns the error.
// TRYV(flush());                                  for Result<void>.
// A declaration and not an expression: GCC leaks temporaries when a statement expression returns.
#define ISOBAR_CONCAT_IMPL(a, b) a##b
#define ISOBAR_CONCAT(a, b) ISOBAR_CONCAT_IMPL(a, b)
#define ISOBAR_TRY_IMPL(result, declaration, ...)                                      \
  auto result = (__VA_ARGS__);                                                         \
  if (!result) [[unlikely]] return tl::unexpected<isobar::Error>(std::move(result).error()); \
  declaration = *std::move(result)
#define TRY(declaration, ...) ISOBAR_TRY_IMPL(ISOBAR_CONCAT(try_, __COUNTER__), declaration, __VA_ARGS__)
#define ISOBAR_TRYV_IMPL(result, ...) \
  if (auto result = (__VA_ARGS__); !result) [[unlikely]] return tl::unexpected<isobar::Error>(std::move(result).error())
#define TRYV(...) ISOBAR_TRYV_IMPL(ISOBAR_CONCAT(try_, __COUNTER__), __VA_ARGS__)
