/* See codes.h. */
#include "verify/authenticode/codes.h"

const char *code_name(Code code)
{
    static const char *const names[] = {
#define CODE_AS_NAME(id, name, class) name,
        AUTHENTICODE_CODES(CODE_AS_NAME)
#undef CODE_AS_NAME
    };

    return names[code];
}

CodeClass code_class(Code code)
{
    static const CodeClass classes[] = {
#define CODE_AS_CLASS(id, name, class) CLASS_##class,
        AUTHENTICODE_CODES(CODE_AS_CLASS)
#undef CODE_AS_CLASS
    };

    return classes[code];
}
