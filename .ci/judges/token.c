/* A PKCS#11 module that stands before another one: it writes down each try of a PIN and each signature, and lets the
 * token say what it says before it locks. Software tokens do not lock, so this is how the rules about PINs are judged.
 *
 *     TOKEN_MODULE  the module behind           TOKEN_LOG   one line a call
 *     TOKEN_FLAGS   bits that the token's flags get besides (CK_TOKEN_INFO)
 *     TOKEN_WITHOUT mechanisms of this number are refused though they are listed
 *     TOKEN_SLEEP   microseconds that a signature takes longer
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long word;
typedef word (*any)();

struct list {
    unsigned char version[2];
    any f[68];
};
/* Places in CK_FUNCTION_LIST. */
enum { GET_FUNCTION_LIST = 3, GET_TOKEN_INFO = 6, LOGIN = 18, SIGN_INIT = 42, SIGN = 43, SIGN_FINAL = 45 };

static struct list *behind, before;

static void note(const char *what) {
    const char *path = getenv("TOKEN_LOG");
    int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    char line[64];
    int length = snprintf(line, sizeof line, "%s\n", what);
    if (file < 0) return;
    if (write(file, line, (size_t)length) != length) abort();
    close(file);
}

static word number(const char *name) {
    const char *text = getenv(name);
    return text ? strtoul(text, NULL, 0) : 0;
}

/* label 32, manufacturer 32, model 16, serial 16: the flags follow. */
static word token_info(word slot, unsigned char *info) {
    word answer = behind->f[GET_TOKEN_INFO](slot, info), flags;
    if (answer == 0) {
        memcpy(&flags, info + 96, sizeof flags);
        flags |= number("TOKEN_FLAGS");
        memcpy(info + 96, &flags, sizeof flags);
    }
    return answer;
}

static word login(word session, word user, unsigned char *pin, word length) {
    word answer = behind->f[LOGIN](session, user, pin, length);
    note(answer == 0 ? "login right" : "login wrong");
    return answer;
}

static word sign_init(word session, word *mechanism, word key) {
    const char *without = getenv("TOKEN_WITHOUT");
    if (without && *mechanism == number("TOKEN_WITHOUT")) return 0x70; /* CKR_MECHANISM_INVALID */
    return behind->f[SIGN_INIT](session, mechanism, key);
}

static word sign(word session, unsigned char *data, word size, unsigned char *signature, word *length) {
    if (signature) {
        if (number("TOKEN_SLEEP")) usleep((useconds_t)number("TOKEN_SLEEP"));
        note("sign");
    }
    return behind->f[SIGN](session, data, size, signature, length);
}

static word sign_final(word session, unsigned char *signature, word *length) {
    if (signature) note("sign");
    return behind->f[SIGN_FINAL](session, signature, length);
}

word C_GetFunctionList(struct list **given) {
    void *module = dlopen(getenv("TOKEN_MODULE"), RTLD_NOW);
    word (*get)(struct list **) = module ? (word(*)(struct list **))dlsym(module, "C_GetFunctionList") : NULL;
    if (!get || get(&behind) != 0) return 5; /* CKR_GENERAL_ERROR */
    before = *behind;
    before.f[GET_FUNCTION_LIST] = (any)C_GetFunctionList;
    before.f[GET_TOKEN_INFO] = (any)token_info;
    before.f[LOGIN] = (any)login;
    before.f[SIGN_INIT] = (any)sign_init;
    before.f[SIGN] = (any)sign;
    before.f[SIGN_FINAL] = (any)sign_final;
    *given = &before;
    return 0;
}
