/* See windows_name.h. */
#include "base/windows_name.h"

#include <string.h>

static char upper(char c)
{
    if (c >= 'a' && c <= 'z')
        return (char)(c - 'a' + 'A');
    return c;
}

/* `word` is in upper case. */
static bool is_word(const char *text, size_t length, const char *word)
{
    if (length != strlen(word))
        return false;
    for (size_t i = 0; i < length; i++)
        if (upper(text[i]) != word[i])
            return false;
    return true;
}

/* COM and LPT are followed by one digit from 1 to 9; Windows takes superscript 1, 2, 3 for digits.
 */
static bool is_port(const char *text, size_t length)
{
    if (length < 4 || (!is_word(text, 3, "COM") && !is_word(text, 3, "LPT")))
        return false;
    if (length == 4)
        return text[3] >= '1' && text[3] <= '9';
    return length == 5 &&
           (memcmp(text + 3, "\xc2\xb9", 2) == 0 || memcmp(text + 3, "\xc2\xb2", 2) == 0 ||
            memcmp(text + 3, "\xc2\xb3", 2) == 0);
}

bool windows_name_is_device(const char *segment, size_t length)
{
    static const char *const devices[] = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"};
    const char *dot = memchr(segment, '.', length);
    size_t stem = dot ? (size_t)(dot - segment) : length;

    while (stem > 0 && segment[stem - 1] == ' ') /* "NUL .txt" is NUL too */
        stem--;
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
        if (is_word(segment, stem, devices[i]))
            return true;
    return is_port(segment, stem);
}

static const char *problem_of_character(unsigned char c)
{
    if (c < 0x20)
        return "has a control character";
    if (c == ':')
        return "has a colon, which names a stream on Windows";
    if (strchr("<>\"|?*", c))
        return "has one of <>\"|?*, which Windows does not allow in a name";
    return NULL;
}

const char *windows_name_problem(const char *segment, size_t length)
{
    const char last = segment[length - 1];

    for (size_t i = 0; i < length; i++) {
        const char *problem = problem_of_character((unsigned char)segment[i]);

        if (problem)
            return problem;
    }
    if (last == '.' || last == ' ')
        return "has a segment that ends with a dot or a space, which Windows drops";
    if (windows_name_is_device(segment, length))
        return "has the name of a Windows device";
    return NULL;
}
