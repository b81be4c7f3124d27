/* A security key (FIDO) in software, as OpenSSH loads it for SecurityKeyProvider (sk-api.h, version 10): Ed25519 alone,
 * always touched, and its key handle is the private key itself. For tests. */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SEED 32
#define ED25519 1
#define USER_PRESENCE 1
#define FAILED -1

struct enrolled {
  uint8_t flags;
  uint8_t *public_key;
  size_t public_key_length;
  uint8_t *handle;
  size_t handle_length;
  uint8_t *signature;
  size_t signature_length;
  uint8_t *certificate;
  size_t certificate_length;
  uint8_t *authdata;
  size_t authdata_length;
};

struct signature {
  uint8_t flags;
  uint32_t counter;
  uint8_t *r;
  size_t r_length;
  uint8_t *s;
  size_t s_length;
};

uint32_t sk_api_version(void) { return 0x000a0000; }

int sk_enroll(uint32_t algorithm, const uint8_t *challenge, size_t challenge_length, const char *application,
              uint8_t flags, const char *pin, void **options, struct enrolled **result) {
  struct enrolled *made = calloc(1, sizeof *made);
  if (algorithm != ED25519 || made == NULL) return FAILED;
  made->flags = flags;
  made->handle = malloc(made->handle_length = SEED);
  made->public_key = malloc(made->public_key_length = SEED);
  /* nobody attests this key */
  made->signature = calloc(1, 1);
  made->certificate = calloc(1, 1);
  made->authdata = calloc(1, 1);
  if (RAND_bytes(made->handle, SEED) != 1) return FAILED;
  EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, made->handle, SEED);
  if (EVP_PKEY_get_raw_public_key(key, made->public_key, &made->public_key_length) != 1) return FAILED;
  EVP_PKEY_free(key);
  *result = made;
  return 0;
}

/* What is signed: SHA-256 of the application, flags, counter, SHA-256 of the data (OpenSSH's PROTOCOL.u2f). */
int sk_sign(uint32_t algorithm, const uint8_t *data, size_t length, const char *application, const uint8_t *handle,
            size_t handle_length, uint8_t flags, const char *pin, void **options, struct signature **result) {
  uint8_t message[32 + 1 + 4 + 32] = {0};
  struct signature *made = calloc(1, sizeof *made);
  if (algorithm != ED25519 || handle_length != SEED || made == NULL) return FAILED;
  made->flags = message[32] = USER_PRESENCE;
  made->counter = message[36] = 1;
  made->r = malloc(made->r_length = 64);
  EVP_Digest(application, strlen(application), message, NULL, EVP_sha256(), NULL);
  EVP_Digest(data, length, message + 37, NULL, EVP_sha256(), NULL);
  EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, handle, SEED);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1) return FAILED;
  if (EVP_DigestSign(context, made->r, &made->r_length, message, sizeof message) != 1) return FAILED;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  *result = made;
  return 0;
}

int sk_load_resident_keys(const char *pin, void **options, void ***keys, size_t *count) {
  *keys = NULL;
  *count = 0;
  return 0;
}
