// tests/unit/net/tls_support.h: a self-signed certificate and a small TLS server.
#pragma once

#include <cstdio>
#include <string>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net_support.h"

namespace wakeful::net::test {

/// A key and a certificate for names such as "DNS:localhost,IP:127.0.0.1", signed by itself.
class SelfSigned {
 public:
  /// days_valid  negative: it has expired
  explicit SelfSigned(const std::string& names, int days_valid = 1)
      : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -10L * 24 * 3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), days_valid * 24L * 3600);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("wakeful test"), -1, -1, 0);
    X509_set_issuer_name(certificate_, name);
    add_extension(NID_subject_alt_name, names);
    add_extension(NID_basic_constraints, "critical,CA:TRUE");
    EXPECT_GT(X509_sign(certificate_, key_, EVP_sha256()), 0);
  }
  ~SelfSigned() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;

  void write_pem(const std::string& path) const {
    std::FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    PEM_write_X509(file, certificate_);
    std::fclose(file);
  }
  X509* certificate() const { return certificate_; }
  EVP_PKEY* key() const { return key_; }

 private:
  void add_extension(int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    ASSERT_NE(extension, nullptr) << value;
    X509_add_ext(certificate_, extension, -1);
    X509_EXTENSION_free(extension);
  }

  EVP_PKEY* key_;
  X509* certificate_;
};

/// Shakes hands with whoever comes, one after the other, and answers each request on a connection
/// with the name that the client asked for (SNI).
class TlsServer {
 public:
  explicit TlsServer(const SelfSigned& identity)
      : context_(SSL_CTX_new(TLS_server_method())), fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    SSL_CTX_use_certificate(context_, identity.certificate());
    SSL_CTX_use_PrivateKey(context_, identity.key());
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    socklen_t size = sizeof address;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
    SSL_CTX_free(context_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  void serve() {
    for (;;) {
      const int fd = accept(fd_, nullptr, nullptr);
      if (fd < 0) return;
      const timeval patience{kPatience.count(), 0};
      setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      SSL* ssl = SSL_new(context_);
      SSL_set_fd(ssl, fd);
      if (SSL_accept(ssl) == 1) answer(ssl);
      SSL_free(ssl);
      close(fd);
    }
  }
  static void answer(SSL* ssl) {
    const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const std::string name = asked ? asked : "none";
    const std::string text =
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(name.size()) + "\r\n\r\n" + name;
    std::array<char, 4096> buffer;
    std::string request;
    for (;;) {
      const int count = SSL_read(ssl, buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) return;
      request.append(buffer.data(), static_cast<std::size_t>(count));
      if (!request.ends_with("\r\n\r\n")) continue;
      request.clear();
      if (SSL_write(ssl, text.data(), static_cast<int>(text.size())) <= 0) return;
    }
  }

  SSL_CTX* context_;
  int fd_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace wakeful::net::test
