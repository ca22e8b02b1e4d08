/* See standin.h. What the real netsh prints: learn.microsoft.com, netsh interface portproxy, and
 * the German and Chinese texts that people quote in issues. Bytes are of the OEM code page. */
#include "tests/wine/netsh/standin.h"

#include <windows.h>

#include <shellapi.h>

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

enum { ENGLISH, GERMAN, CHINESE };
enum { SLOW_MS = 60000 };

typedef struct Words {
    const char *listen, *connect, *columns, *refused, *missing;
} Words;

static const Words words[] = {
    [ENGLISH] = {"Listen on",        "Connect to",               "Address         Port        Address         Port",
                 "The requested operation requires elevation (Run as administrator).",                                                                                                                   "The system cannot find the file specified."        },
    [GERMAN] = {"Abh\x94ren auf",   "Verbinden mit",
                 "Adresse         Port        Adresse         Port",                                                 "Der angeforderte Vorgang erfordert erh\x94hte Rechte (Als Administrator "
                "ausf\x81hren).",                                                                                                    "Das System kann die angegebene Datei nicht finden."},
    [CHINESE] = {"\xd5\xec\xcc\xfd", "\xc1\xac\xbd\xd3\xb5\xbd",
                 "\xb5\xd8\xd6\xb7            \xb6\xcb\xbf\xda        \xb5\xd8\xd6\xb7            "
                 "\xb6\xcb\xbf\xda",                                                                                 "\xc7\xeb\xc7\xf3\xb5\xc4\xb2\xd9\xd7\xf7\xd0\xe8\xd2\xaa\xcc\xe1\xc9\xfd\xa1\xa3",
                 "\xcf\xb5\xcd\xb3\xd5\xd2\xb2\xbb\xb5\xbd\xd6\xb8\xb6\xa8\xb5\xc4\xce\xc4\xbc\xfe"
                 "\xa1\xa3"                                                                                                                                                                                                                                  },
};

static const Words *language(void)
{
    wchar_t name[STANDIN_TEXT];

    standin_setting(L"language", name);
    return &words[wcscmp(name, L"de") == 0 ? GERMAN : wcscmp(name, L"zh") == 0 ? CHINESE : ENGLISH];
}

static int refuse(const char *text)
{
    (void)printf("%s\n\n", text);
    return 1;
}

/* ---- show ---- */

static void print_end(const wchar_t *end)
{
    const wchar_t *slash = wcsrchr(end, L'/');
    int length = slash ? (int)(slash - end) : (int)wcslen(end);
    wchar_t host[STANDIN_TEXT];

    (void)swprintf(host, STANDIN_TEXT, L"%.*ls", length, end);
    (void)printf("%-15ls %-10ls", host, slash ? slash + 1 : L"");
}

static void show_family(int family, const Rule *rules, int count)
{
    const Words *said = language();
    bool begun = false;

    for (int i = 0; i < count; i++) {
        if (rules[i].family != family)
            continue;
        if (!begun)
            (void)printf("\n%s ipv%lc:             %s ipv%lc:\n\n%s\n"
                         "--------------- ----------  --------------- ----------\n",
                         said->listen, families[family][1], said->connect, families[family][5],
                         said->columns);
        begun = true;
        print_end(rules[i].name);
        (void)printf("  ");
        print_end(rules[i].data);
        (void)printf("\n");
    }
    if (begun)
        (void)printf("\n");
}

static int show(const wchar_t *which)
{
    Rule rules[STANDIN_RULES_MOST];
    int count = rules_read(rules);

    for (int family = 0; family < 4; family++)
        if (wcscmp(which, L"all") == 0 || wcscmp(which, families[family]) == 0)
            show_family(family, rules, count);
    return 0;
}

/* ---- add, set, delete ---- */

static const wchar_t *value_of(int argc, wchar_t **argv, const wchar_t *name,
                               const wchar_t *otherwise)
{
    size_t length = wcslen(name);

    for (int i = 5; i < argc; i++)
        if (_wcsnicmp(argv[i], name, length) == 0 && argv[i][length] == L'=')
            return argv[i] + length + 1;
    return otherwise;
}

/* As the real one it looks at next to nothing of what it is told. */
static void read_rule(int argc, wchar_t **argv, int family, Rule *rule)
{
    const wchar_t *port = value_of(argc, argv, L"listenport", L"");

    ZeroMemory(rule, sizeof *rule);
    rule->family = family;
    (void)swprintf(rule->name, STANDIN_TEXT, L"%ls/%ls",
                   value_of(argc, argv, L"listenaddress", L"*"), port);
    (void)swprintf(rule->data, STANDIN_TEXT, L"%ls/%ls",
                   value_of(argc, argv, L"connectaddress", L"localhost"),
                   value_of(argc, argv, L"connectport", port));
}

static int change(const wchar_t *verb, const Rule *rule)
{
    bool second = rule->family >= 2;

    if (standin_does(L"refused-v6") && second)
        return refuse(language()->refused);
    if (standin_does(L"slow-v6") && second)
        Sleep(SLOW_MS);
    if (wcscmp(verb, L"delete") == 0) {
        if (!rule_delete(rule))
            return refuse(language()->missing);
    } else if (!rule_write(rule)) {
        return refuse(language()->refused);
    }
    if (!standin_does(L"unnoticed") && !standin_does(L"deaf"))
        relay_notify();
    (void)printf("\n");
    return 0;
}

static int portproxy(int argc, wchar_t **argv)
{
    Rule rule;

    if (wcscmp(argv[3], L"show") == 0)
        return show(argv[4]);
    for (int family = 0; family < 4; family++) {
        if (wcscmp(argv[4], families[family]) != 0)
            continue;
        read_rule(argc, argv, family, &rule);
        return change(argv[3], &rule);
    }
    return refuse("The following command was not found.");
}

int main(void)
{
    int argc = 0;
    wchar_t **argv = CommandLineToArgvW(GetCommandLineW(), &argc);

    if (!argv)
        return 1;
    if (argc == 3 && wcscmp(argv[1], L"standin") == 0)
        return (wcscmp(argv[2], L"install") == 0 ? relay_install() : relay_serve()) ? 0 : 1;
    if (argc >= 5 && wcscmp(argv[1], L"interface") == 0 && wcscmp(argv[2], L"portproxy") == 0)
        return portproxy(argc, argv);
    return refuse("The following command was not found.");
}
