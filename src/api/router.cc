// What all routes share: method and path, session, role, cross-site check, error to status.

#include <algorithm>
#include <array>

#include "api/routes.h"
#include "api/session_check.h"
#include "base/strings.h"
#include "wire/collector.h"

namespace wakeful::api {
namespace {

using net::Method;

constexpr std::size_t kMaxBodyBytes = 64 << 10;

enum class Access : std::uint8_t { open, session, operator_, admin };

struct Route {
  Method method;
  std::string_view path;
  Result<net::Response> (*handler)(const Call&, const Deps&);
  Access access;
};

constexpr Route kRoutes[] = {
#define WAKEFUL_ROUTE(method, path, handler, access) \
  {Method::method, path, &handler, Access::access},
#include "api/routes.def"
#undef WAKEFUL_ROUTE
};

/// The segments of a path, decoded one by one: an escaped slash stays within its segment.
Result<std::vector<std::string>> decode_path(std::string_view path) {
  std::vector<std::string> segments;
  for (const auto segment : split(path, '/')) {
    // A plus is a plus in a path; only in a query does it stand for a blank.
    std::string escaped;
    for (const char c : segment) {
      if (c == '+') {
        escaped += "%2B";
      } else {
        escaped += c;
      }
    }
    auto decoded = wire::percent_decode(escaped);
    if (!decoded) return fail(std::move(decoded.error()).with_context("path"));
    segments.push_back(std::move(*decoded));
  }
  return segments;
}

/// The values of the placeholders when the path is the route's.
std::optional<std::map<std::string, std::string>> match(std::string_view route,
                                                        const std::vector<std::string>& segments) {
  const auto pieces = split(route, '/');
  if (pieces.size() != segments.size()) return std::nullopt;
  std::map<std::string, std::string> values;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].starts_with('{')) {
      values.emplace(pieces[i].substr(1, pieces[i].size() - 2), segments[i]);
    } else if (pieces[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return values;
}

struct Match {
  const Route* route = nullptr;
  std::map<std::string, std::string> values;
  std::string allowed;  ///< methods of this path, for a 405; empty: no such path
};

Match find_route(Method method, const std::vector<std::string>& segments) {
  Match found;
  for (const auto& route : kRoutes) {
    auto values = match(route.path, segments);
    if (!values) continue;
    if (!found.allowed.empty()) found.allowed += ", ";
    found.allowed += net::method_name(route.method);
    if (route.method == Method::get) found.allowed += ", HEAD";
    if (route.method == method) {
      found.route = &route;
      found.values = std::move(*values);
    }
  }
  return found;
}

net::Response method_refused(Method method, const std::string& allowed) {
  auto response = net::problem_response(
      405, net::status_title(405),
      "expected " + allowed + ", got " + std::string(net::method_name(method)));
  response.headers.add("Allow", allowed);
  return response;
}

bool is_json(std::string_view content_type) {
  const auto type = trim(content_type.substr(0, content_type.find(';')));
  constexpr std::string_view kJson = "application/json";
  return std::ranges::equal(type, kJson, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
}

/// What a request that changes something must be; nullopt when it is.
std::optional<net::Response> refuse_change(const net::Request& request) {
  if (auto same = check_same_origin(request); !same) return error_response(same.error());
  if (request.body.empty()) return std::nullopt;
  if (request.body.size() > kMaxBodyBytes) {
    return error_response({Errc::too_large, "body: expected at most " +
                                                std::to_string(kMaxBodyBytes) + " bytes, got " +
                                                std::to_string(request.body.size())});
  }
  const auto type = request.headers.find("Content-Type").value_or("");
  if (is_json(type)) return std::nullopt;
  return net::problem_response(415, net::status_title(415),
                               "Content-Type: expected application/json, got " +
                                   (type.empty() ? "none" : shorten(type, 100)));
}

Result<void> check_access(Access access, const std::optional<store::User>& user) {
  if (access == Access::open) return {};
  if (!user) return fail(Errc::unauthorized, "log in first: there is no session, or it has ended");
  const auto role = user->role;
  const bool allowed = access == Access::session || role == store::Role::admin ||
                       (access == Access::operator_ && role == store::Role::operator_);
  if (allowed) return {};
  return fail(Errc::denied, std::string("this needs the role ") +
                                (access == Access::admin ? "admin" : "operator or admin") +
                                "; ask an admin");
}

net::Response dispatch(const net::Request& request, const Deps& deps) {
  const auto segments = decode_path(request.path);
  if (!segments) return error_response(segments.error());
  const auto method = request.method == Method::head ? Method::get : request.method;
  auto found = find_route(method, *segments);
  if (found.allowed.empty()) {
    return error_response({Errc::not_found, "there is nothing at " + shorten(request.path, 200)});
  }
  if (found.route == nullptr) return method_refused(request.method, found.allowed);
  if (method != Method::get) {
    if (auto refused = refuse_change(request)) return std::move(*refused);
  }
  auto caller = find_caller(request, deps);
  if (!caller) return error_response(caller.error());
  if (auto access = check_access(found.route->access, caller->user); !access) {
    return error_response(access.error());
  }
  const Call call{request, std::move(found.values), std::move(caller->user),
                  std::move(caller->session)};
  auto response = found.route->handler(call, deps);
  if (!response) return error_response(response.error());
  return std::move(*response);
}

}  // namespace

net::Response handle(const net::Request& request, const Deps& deps) {
  auto response = dispatch(request, deps);
  if (request.method == Method::head && response.stream) {
    response.stream->close();  // a HEAD has nobody who reads events
    response.stream = nullptr;
  }
  response.headers.add("Cache-Control", "no-store");
  return response;
}

}  // namespace wakeful::api
