// TLS for the HTTP client: the certificate's chain and name are always verified.
#include <array>
#include <filesystem>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/detail/transport.h"

namespace wakeful::net::detail {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using asio::ip::tcp;

namespace {

/// Where distributions keep the system's CAs, for an OpenSSL that was built for another one. A
/// folder of hashed names comes first: of it only the CA that is needed is read.
constexpr std::array kCaFolders{"/etc/ssl/certs"};
constexpr std::array kCaFiles{"/etc/ssl/certs/ca-certificates.crt",
                              "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                              "/etc/ssl/cert.pem"};

bool exists(const char* path) {
  std::error_code ignored;
  return path && std::filesystem::exists(path, ignored);
}

void use_system_cas(ssl::context& context) {
  boost::system::error_code ignored;
  context.set_default_verify_paths(ignored);
  if (exists(X509_get_default_cert_dir()) || exists(X509_get_default_cert_file())) return;
  for (const char* folder : kCaFolders) {
    if (exists(folder)) context.add_verify_path(folder, ignored);
  }
  for (const char* file : kCaFiles) {
    if (!exists(file)) continue;
    context.load_verify_file(file, ignored);
    return;
  }
}

class TlsTransport final : public Transport, public std::enable_shared_from_this<TlsTransport> {
 public:
  TlsTransport(asio::io_context& io, tcp::endpoint address, std::shared_ptr<ssl::context> context,
               std::string host)
      : context_(std::move(context)),
        stream_(io, *context_),
        address_(std::move(address)),
        host_(std::move(host)) {}

  void connect(Connected done) override {
    stream_.next_layer().async_connect(
        address_,
        [self = shared_from_this(), done = std::move(done)](const ErrorCode& error) mutable {
          if (error) return done(fail(connect_error(error)));
          ErrorCode ignored;
          self->stream_.next_layer().set_option(tcp::no_delay(true), ignored);
          self->shake_hands(std::move(done));
        });
  }
  void read_some(asio::mutable_buffer buffer, Moved done) override {
    stream_.async_read_some(buffer,
                            [self = shared_from_this(), done = std::move(done)](
                                const ErrorCode& error, std::size_t count) { done(error, count); });
  }
  void write(Pieces pieces, Moved done) override {
    asio::async_write(stream_, pieces,
                      [self = shared_from_this(), done = std::move(done)](
                          const ErrorCode& error, std::size_t count) { done(error, count); });
  }
  void close() override {
    ErrorCode ignored;
    stream_.next_layer().close(ignored);
  }
  bool looks_alive() override {
    // Data may be a session ticket, which the next read takes care of.
    return stream_.next_layer().is_open() &&
           socket_is_quiet(stream_.next_layer().native_handle(), true);
  }

 private:
  void shake_hands(Connected done) {
    expect_host();
    stream_.async_handshake(
        ssl::stream_base::client,
        [self = shared_from_this(), done = std::move(done)](const ErrorCode& error) {
          if (error) return done(fail(self->handshake_error(error)));
          done({});
        });
  }

  void expect_host() {
    SSL* handle = stream_.native_handle();
    ErrorCode not_address;
    asio::ip::make_address(host_, not_address);
    X509_VERIFY_PARAM* verify = SSL_get0_param(handle);
    if (not_address) {
      // What SSL_set_tlsext_host_name is a macro for.
      SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host_.data());
      X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
      X509_VERIFY_PARAM_set1_host(verify, host_.c_str(), host_.size());
    } else {
      X509_VERIFY_PARAM_set1_ip_asc(verify, host_.c_str());
    }
  }

  Error handshake_error(const ErrorCode& error) {
    const long verdict = SSL_get_verify_result(stream_.native_handle());
    if (verdict == X509_V_OK) {
      return {Errc::unavailable, "TLS handshake failed: " + error.message()};
    }
    const std::string why = X509_verify_cert_error_string(verdict);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH) {
      return {Errc::denied, "the certificate is not for " + host_ + ": " + why +
                                ": use the name that the certificate was made for"};
    }
    return {Errc::denied, "the certificate of " + host_ + " is not trusted: " + why +
                              ": if it is your own, give its CA with ca_file"};
  }

  std::shared_ptr<ssl::context> context_;
  ssl::stream<tcp::socket> stream_;
  tcp::endpoint address_;
  std::string host_;
};

}  // namespace

Result<std::shared_ptr<ssl::context>> make_tls_context(const std::string& ca_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  // A connection that waits for its next request gives its buffers back.
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  context->set_verify_mode(ssl::verify_peer);
  if (ca_file.empty()) {
    use_system_cas(*context);
    return context;
  }
  boost::system::error_code error;
  context->load_verify_file(ca_file, error);
  if (error) {
    return fail(Errc::invalid,
                "ca_file " + ca_file + ": expected certificates in PEM: " + error.message());
  }
  return context;
}

std::shared_ptr<Transport> make_tls_transport(asio::io_context& io, tcp::endpoint address,
                                              std::shared_ptr<ssl::context> context,
                                              std::string host) {
  return std::make_shared<TlsTransport>(io, std::move(address), std::move(context),
                                        std::move(host));
}

}  // namespace wakeful::net::detail
