#include "store/detail/sha256.h"

#include <openssl/evp.h>

#include "base/check.h"
#include "base/strings.h"

namespace wakeful::store::detail {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  // These fail only without memory.
  WAKEFUL_CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}

void Sha256::update(std::string_view bytes) {
  WAKEFUL_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  WAKEFUL_CHECK(EVP_DigestFinal_ex(context_.get(), digest, &size) == 1);
  return to_hex({digest, size});
}

}  // namespace wakeful::store::detail
