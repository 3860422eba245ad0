// base/log.h: one log line per call: time, level, process and thread id, component, message,
// key=value fields.
//
//   2026-11-20T07:12:25.123Z info  4711/4712 server: listening address=127.0.0.1:8000
//
// Callable from any thread. Values with blanks, quotes or control characters are quoted and
// escaped, so that a hostile name can neither forge a line nor a field. spdlog writes; nothing else
// of ours includes it.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wakeful::log {

enum class Level { debug, info, warning, error, off };

/// One key=value pair of a line. Keys are our own literals; values may come from outside.
struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  template <std::integral T>
  Field(std::string_view k, T v) : key(k), value(std::to_string(v)) {}
  Field(std::string_view k, double v);
  Field(std::string_view k, const Error& error) : key(k), value(error.message) {}
};

/// Lines below this level are not written. Default info, on standard error.
void set_level(Level level);
/// "debug", "info", "warning", "error" or "off".
Result<Level> parse_level(std::string_view text);

void write(Level level, std::string_view component, std::string_view message,
           std::initializer_list<Field> fields);

inline void debug(std::string_view component, std::string_view message,
                  std::initializer_list<Field> fields = {}) {
  write(Level::debug, component, message, fields);
}
inline void info(std::string_view component, std::string_view message,
                 std::initializer_list<Field> fields = {}) {
  write(Level::info, component, message, fields);
}
inline void warning(std::string_view component, std::string_view message,
                    std::initializer_list<Field> fields = {}) {
  write(Level::warning, component, message, fields);
}
inline void error(std::string_view component, std::string_view message,
                  std::initializer_list<Field> fields = {}) {
  write(Level::error, component, message, fields);
}

/// The line without time and ids, as write() formats it: for tests.
std::string format_line(std::string_view component, std::string_view message,
                        std::initializer_list<Field> fields);

}  // namespace wakeful::log
