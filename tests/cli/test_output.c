/* Tests cli/output*.c: what is printed where, into buffers and onto a small terminal of our own. */
#include "cli/output.h"
#include "cli/output_setup.h"
#include "cli/output_text.h"
#include "tests/support/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* 2026-11-23T12:00:00Z */
enum { ROWS = 64, COLUMNS = 200 };
#define NOON INT64_C(1795435200000)

/* What was written: both streams apart, and as the one terminal behind them would show it. */
typedef struct Screen {
    Text streams[3];
    char cells[ROWS][COLUMNS + 1];
    int row, column, width;
    bool wrapped;
} Screen;

static void put_cell(Screen *screen, char byte)
{
    if (screen->column >= screen->width) {
        screen->wrapped = true;
        screen->row++;
        screen->column = 0;
    }
    assert_true(screen->row < ROWS);
    screen->cells[screen->row][screen->column++] = byte;
}

static const char *obey(Screen *screen, const char *at)
{
    at += 2;
    at += strspn(at, "0123456789;");
    if (*at == 'K')
        memset(screen->cells[screen->row] + screen->column, 0, (size_t)(COLUMNS - screen->column));
    else
        assert_int_equal(*at, 'm'); /* no other sequence may ever be sent */
    return at + 1;
}

static void show(Screen *screen, const char *bytes)
{
    for (const char *at = bytes; *at;) {
        if (at[0] == '\x1b') {
            at = obey(screen, at);
            continue;
        }
        if (*at == '\r') {
            screen->column = 0;
        } else if (*at == '\n') {
            screen->row++;
            screen->column = 0;
        } else if (((unsigned char)*at & 0xC0) != 0x80) {
            put_cell(screen, (unsigned char)*at < 0x80 ? *at : '?'); /* one cell a character */
        }
        at++;
    }
}

static bool keep(void *context, int stream, const char *bytes, size_t length, Error *err)
{
    (void)err;
    Screen *screen = context;
    CLEANUP(free) char *copy = text_copy_bytes(bytes, length);

    assert_true(stream == 1 || stream == 2);
    assert_int_equal(strlen(copy), length);
    text_append_bytes(&screen->streams[stream], bytes, length);
    if (screen->width > 0)
        show(screen, copy);
    return true;
}

static const char *stdout_of(const Screen *screen)
{
    return text_chars(&screen->streams[1]);
}

static const char *stderr_of(const Screen *screen)
{
    return text_chars(&screen->streams[2]);
}

static void close_screen(Screen *screen)
{
    text_free(&screen->streams[1]);
    text_free(&screen->streams[2]);
}

#define CLEANUP_SCREEN __attribute__((cleanup(close_screen)))
DEFINE_CLEANUP(Output *, output_free)

static Output *open_output(Screen *screen, OutputSetup setup)
{
    Output *output = NULL;
    Error err = {0};

    setup.sink = (OutputSink){keep, screen};
    assert_true(output_new(&setup, &output, &err));
    return output;
}

static void tell(Output *output, Event event)
{
    const Observer *observer = output_observer(output);

    event.app = "shop-api";
    event.deployment = "7";
    event.wall_ms += NOON;
    observer->notice(observer->context, &event);
}

/* A deployment whose check fails. */
static void tell_a_deployment(Output *output)
{
    Error unhealthy = {0};

    (void)error_set(&unhealthy, ERR_UNHEALTHY, "found 503, expected 200\nsecond line");
    tell(output, (Event){.kind = EVENT_DEPLOYMENT_BEGIN, .text = "deploy 2.4.0 -> 2.5.0"});
    tell(output, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "fetch", .wall_ms = 1});
    for (int i = 0; i <= 20; i++)
        tell(output, (Event){.kind = EVENT_STAGE_PROGRESS,
                             .stage = "fetch",
                             .done = (uint64_t)i << 20,
                             .total = UINT64_C(20) << 20,
                             .unit = UNIT_BYTES,
                             .wall_ms = 1000 * i});
    tell(output, (Event){.kind = EVENT_STAGE_DONE,
                         .stage = "fetch",
                         .text = "20.0 MiB",
                         .took_ms = 20000,
                         .wall_ms = 20123});
    tell(output, (Event){.kind = EVENT_STAGE_SKIPPED, .stage = "verify", .text = "already done"});
    tell(output, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "check", .wall_ms = 21000});
    tell(output, (Event){.kind = EVENT_NOTE, .stage = "check", .text = "asking again"});
    tell(output, (Event){.kind = EVENT_WARNING, .stage = "check", .text = "slow answers"});
    tell(output, (Event){.kind = EVENT_STAGE_PROGRESS,
                         .stage = "check",
                         .done = 2,
                         .total = 3,
                         .unit = UNIT_PASSES,
                         .wall_ms = 22000});
    tell(output, (Event){.kind = EVENT_STAGE_FAILED,
                         .stage = "check",
                         .error = &unhealthy,
                         .took_ms = 2500,
                         .wall_ms = 23500});
    tell(output, (Event){.kind = EVENT_UNDO_BEGIN, .stage = "start", .wall_ms = 23600});
    tell(output,
         (Event){.kind = EVENT_UNDO_DONE, .stage = "start", .took_ms = 40, .wall_ms = 23640});
    tell(output, (Event){.kind = EVENT_DEPLOYMENT_FAILED,
                         .error = &unhealthy,
                         .took_ms = 23700,
                         .wall_ms = 23700});
}

static void a_pipe_gets_a_line_for_each_event(void **state)
{
    CLEANUP_SCREEN Screen screen = {0};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_PLAIN});

    (void)state;
    tell_a_deployment(output);
    assert_string_equal(
        stderr_of(&screen),
        "12:00:00.000 shop-api: deploy 2.4.0 -> 2.5.0, deployment 7\n"
        "12:00:00.001 fetch: started\n"
        "12:00:11.000 fetch: 11.0 MiB of 20.0 MiB\n"
        "12:00:20.123 fetch: done in 20.0 s, 20.0 MiB\n"
        "12:00:00.000 verify: skipped: already done\n"
        "12:00:21.000 check: started\n"
        "12:00:00.000 check: asking again\n"
        "12:00:00.000 check: warning: slow answers\n"
        "12:00:23.500 check: failed after 2.5 s: found 503, expected 200 second line\n"
        "12:00:23.600 start: undoing\n"
        "12:00:23.640 start: undone in 40 ms\n"
        "12:00:23.700 shop-api: failed after 23.7 s: found 503, expected 200 second line\n");
    assert_string_equal(stdout_of(&screen), "");
}

static void quiet_leaves_only_what_wants_looking_at(void **state)
{
    CLEANUP_SCREEN Screen screen = {0};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_PLAIN, .quiet = true});

    (void)state;
    tell_a_deployment(output);
    output_note(output, "not told");
    output_line(output, "a result");
    assert_string_equal(stderr_of(&screen), "12:00:00.000 check: warning: slow answers\n");
    assert_string_equal(stdout_of(&screen), "a result\n");
}

static void ctrl_c_is_not_called_a_failure(void **state)
{
    CLEANUP_SCREEN Screen screen = {.width = 60};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_LIVE, .width = 60});
    Error err = {0};

    (void)state;
    (void)error_set(&err, ERR_INTERRUPTED, "interrupted");
    tell(output, (Event){.kind = EVENT_DEPLOYMENT_FAILED, .error = &err, .took_ms = 1100});
    assert_string_equal(screen.cells[0],
                        "shop-api: the deployment was interrupted              1.1 s");
}

static void a_terminal_shows_one_line_for_each_stage(void **state)
{
    CLEANUP_SCREEN Screen screen = {.width = 60};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_LIVE, .width = 60});

    (void)state;
    tell_a_deployment(output);
    assert_string_equal(screen.cells[0], "shop-api: deploy 2.4.0 -> 2.5.0");
    assert_string_equal(screen.cells[1],
                        "  + fetch    20.0 MiB                                20.0 s");
    assert_string_equal(screen.cells[2], "  - verify   already done");
    assert_string_equal(screen.cells[3], "    asking again");
    assert_string_equal(screen.cells[4], "  ! slow answers");
    assert_string_equal(screen.cells[5],
                        "  x check    found 503, expected 200                  2.5 s");
    assert_string_equal(screen.cells[6],
                        "  < start    undone                                   40 ms");
    assert_string_equal(screen.cells[7],
                        "shop-api: the deployment failed                      23.7 s");
    assert_int_equal(screen.row, 8);
    assert_int_equal(screen.column, 0);
    assert_false(screen.wrapped);
}

static void the_running_stage_shows_its_progress(void **state)
{
    CLEANUP_SCREEN Screen screen = {.width = 80};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_LIVE, .width = 80});

    (void)state;
    tell(output, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "fetch"});
    tell(output, (Event){.kind = EVENT_STAGE_PROGRESS,
                         .stage = "fetch",
                         .done = 5 << 20,
                         .total = 20 << 20,
                         .unit = UNIT_BYTES,
                         .wall_ms = 1500});
    assert_non_null(strstr(screen.cells[0], "fetch    #####...............  5.0 MiB of 20.0 MiB"));
    assert_true(text_ends_with(screen.cells[0], " 1.5 s"));
    assert_int_equal(screen.row, 0);
}

static void a_result_never_lands_in_the_live_line(void **state)
{
    CLEANUP_SCREEN Screen screen = {.width = 80};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_LIVE, .width = 80});

    (void)state;
    tell(output, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "fetch"});
    output_line(output, "a result");
    output_note(output, "a note");
    assert_string_equal(screen.cells[0], "a result");
    assert_string_equal(screen.cells[1], "a note");
    assert_non_null(strstr(screen.cells[2], "fetch"));
    assert_int_equal(screen.row, 2);
}

static void no_width_makes_a_line_wrap(void **state)
{
    (void)state;
    for (int width = 1; width < 120; width++) {
        CLEANUP_SCREEN Screen screen = {.width = width};
        OutputSetup setup = {
            .style = OUTPUT_LIVE, .width = width, .utf8 = width % 2, .color = width % 3};
        CLEANUP(output_free) Output *output = open_output(&screen, setup);

        tell_a_deployment(output);
        assert_false(screen.wrapped);
        assert_int_equal(screen.row, 8);
    }
}

static void leaving_early_takes_the_live_line_away(void **state)
{
    CLEANUP_SCREEN Screen screen = {.width = 80};
    Output *output =
        open_output(&screen, (OutputSetup){.style = OUTPUT_LIVE, .width = 80, .color = true});

    (void)state;
    tell(output, (Event){.kind = EVENT_STAGE_BEGIN, .stage = "fetch"});
    output_free(output);
    assert_string_equal(screen.cells[0], "");
    assert_int_equal(screen.column, 0);
}

static void colors_are_only_sent_where_wanted(void **state)
{
    CLEANUP_SCREEN Screen plain = {0};
    CLEANUP_SCREEN Screen colored = {0};
    CLEANUP(output_free)
    Output *without = open_output(&plain, (OutputSetup){.style = OUTPUT_LIVE, .width = 80});
    CLEANUP(output_free)
    Output *with =
        open_output(&colored, (OutputSetup){.style = OUTPUT_LIVE, .width = 80, .color = true});
    const Event done = {.kind = EVENT_STAGE_DONE, .stage = "fetch", .text = "20.0 MiB"};

    (void)state;
    tell(without, done);
    tell(with, done);
    assert_null(strstr(stderr_of(&plain), "\x1b["));
    assert_non_null(strstr(stderr_of(&colored), "\x1b[32m+\x1b[0m"));
}

/* Parses the JSON lines of stdout; each must be an object. */
static size_t count_lines(const Screen *screen, Json **last)
{
    size_t count = 0;

    for (const char *at = stdout_of(screen); *at; count++) {
        size_t length = strcspn(at, "\n");
        Error err = {0};

        json_free(*last);
        *last = NULL;
        assert_true(json_parse(at, length, last, &err));
        assert_int_equal(json_kind(*last), JSON_KIND_OBJECT);
        at += length + 1;
    }
    return count;
}

static void json_is_one_object_a_line_on_stdout(void **state)
{
    CLEANUP_SCREEN Screen screen = {0};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_JSON});
    CLEANUP(json_free) Json *detail = json_new_object();
    CLEANUP(json_free) Json *line = NULL;

    (void)state;
    assert_true(json_put_integer(detail, "bytes", 5));
    tell_a_deployment(output);
    tell(output, (Event){.kind = EVENT_STAGE_DONE,
                         .stage = "fetch",
                         .text = "proof",
                         .detail = detail,
                         .took_ms = 12,
                         .wall_ms = 5});
    assert_int_equal(count_lines(&screen, &line), 34);
    assert_string_equal(json_get_text(line, "time"), "2026-11-23T12:00:00.005Z");
    assert_string_equal(json_get_text(line, "app"), "shop-api");
    assert_string_equal(json_get_text(line, "deployment"), "7");
    assert_string_equal(json_get_text(line, "stage"), "fetch");
    assert_string_equal(json_get_text(line, "event"), "stage_done");
    assert_string_equal(json_get_text(line, "text"), "proof");
    assert_int_equal(json_get_integer(line, "ms", -1), 12);
    assert_int_equal(json_get_integer(json_get(line, "detail"), "bytes", -1), 5);
    assert_string_equal(stderr_of(&screen), "");
}

static Error some_error(void)
{
    Error err = {0};

    (void)error_set(&err, ERR_UNHEALTHY, "found 503, expected 200\nits last lines:\n  \x1b[2Jboom");
    (void)error_hint(&err, "Look at `godeploy logs`.");
    (void)error_serves(&err, "release 2.4.0 still answers all requests");
    return err;
}

static void an_error_says_what_serves_and_what_to_try(void **state)
{
    CLEANUP_SCREEN Screen screen = {0};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_PLAIN});
    Error err = some_error();

    (void)state;
    output_error(output, &err);
    assert_string_equal(stderr_of(&screen), "error: found 503, expected 200\n"
                                            "       its last lines:\n"
                                            "         \\x1b[2Jboom\n"
                                            "  serves: release 2.4.0 still answers all requests\n"
                                            "  try: Look at `godeploy logs`.\n");
    assert_string_equal(stdout_of(&screen), "");
}

static void an_error_in_json_has_code_and_exit_status(void **state)
{
    CLEANUP_SCREEN Screen screen = {0};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_JSON, .quiet = true});
    CLEANUP(json_free) Json *line = NULL;
    Error err = some_error();

    (void)state;
    output_error(output, &err);
    assert_int_equal(count_lines(&screen, &line), 1);
    assert_string_equal(json_get_text(line, "event"), "error");
    assert_string_equal(json_get_text(line, "code"), "ERR_UNHEALTHY");
    assert_int_equal(json_get_integer(line, "exit", -1), 9);
    assert_string_equal(json_get_text(line, "message"), err.message);
    assert_string_equal(json_get_text(line, "hint"), err.hint);
    assert_string_equal(json_get_text(line, "serves"), err.serves);
    assert_string_equal(stderr_of(&screen), "");
}

static void what_is_no_utf8_still_makes_json(void **state)
{
    CLEANUP_SCREEN Screen screen = {0};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_JSON});
    CLEANUP(json_free) Json *line = NULL;

    (void)state;
    tell(output, (Event){.kind = EVENT_NOTE, .text = "caf\xe9 \x1b[2J"});
    assert_int_equal(count_lines(&screen, &line), 1);
    assert_string_equal(json_get_text(line, "text"), "caf\xef\xbf\xbd \x1b[2J");
    assert_null(strchr(stdout_of(&screen), '\x1b'));
}

static void text_from_outside_cannot_touch_the_terminal(void **state)
{
    static const struct {
        const char *raw, *joined;
    } cases[] = {
        {"plain",              "plain"               },
        {"\x1b[31mred\x1b[0m", "red"                 },
        {"\x1b[2J",            "\\x1b[2J"            },
        {"\x1b]0;title\a",     "\\x1b]0;title\\x07"  },
        {"a\r\nb",             "a b"                 },
        {"over\rwritten",      "over\\x0dwritten"    },
        {"tab\there",          "tab here"            },
        {"caf\xc3\xa9",        "caf\xc3\xa9"         },
        {"caf\xe9",            "caf\\xe9"            },
        {"cut \xe2\x82",       "cut \\xe2\\x82"      },
        {"c1 \xc2\x9b"
         "2J",        "c1 \\xc2\\x9b2J"     },
        {"bidi \xe2\x80\xae",  "bidi \\xe2\\x80\\xae"},
        {"\x1b[31",            "\\x1b[31"            },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CLEANUP_TEXT Text text = {0};

        output_append_printable(&text, cases[i].raw, LINES_JOINED);
        assert_string_equal(text_chars(&text), cases[i].joined);
    }
}

static void a_cut_text_fits(void **state)
{
    static const char *const texts[] = {"", "abc", "abcdefghij", "\u65e5\u672c\u8a9e\u306e",
                                        "a\u00e9b"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (int most = 0; most < 12; most++) {
            CLEANUP_TEXT Text text = {0};
            int columns = output_append_cut(&text, texts[i], most);

            assert_true(columns <= most);
            assert_int_equal(columns, output_columns(text_chars(&text)));
            assert_true(text_printable(text_chars(&text)));
            if (output_columns(texts[i]) <= most)
                assert_string_equal(text_chars(&text), texts[i]);
        }
    }
    assert_int_equal(output_columns("\u65e5\u672c"), 4);
}

static void fill(Table *table)
{
    output_table_row(table, (const char *const[]){"2.5.0", "serves", "today"});
    output_table_row(table, (const char *const[]){"2.4.0-rc.1", "", NULL});
    output_table_row(table, (const char *const[]){"\u65e5", "\x1b[2J", "x"});
}

static void a_table_is_aligned(void **state)
{
    CLEANUP_SCREEN Screen screen = {0};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_PLAIN});
    Table *table = output_table_new((const char *const[]){"version", "state", "since"}, 3);

    (void)state;
    output_table_print(output, table);
    assert_string_equal(stdout_of(&screen), "");
    fill(table);
    output_table_print(output, table);
    output_table_free(table);
    assert_string_equal(stdout_of(&screen), "version     state    since\n"
                                            "2.5.0       serves   today\n"
                                            "2.4.0-rc.1\n"
                                            "\u65e5          \\x1b[2J  x\n");
    assert_string_equal(stderr_of(&screen), "");
}

/* 42 columns; in a pipe, and where too little is left, lines are as long as they are. */
static void the_last_column_stays_in_its_place_on_a_terminal(void **state)
{
    static const char *const proof = "HTTP 200, 3 times in a row, identity as expected";
    static const struct {
        OutputSetup setup;
        const char *stage, *shown;
    } cases[] = {
        {{.terminal = true, .width = 42},
         "check",                 "stage  proof\ncheck  HTTP 200, 3 times in a row,\n       identity as expected\n"  },
        {{.terminal = true, .width = 80},
         "check",                 "stage  proof\ncheck  HTTP 200, 3 times in a row, identity as expected\n"          },
        {{.terminal = false, .width = 42},
         "check",                 "stage  proof\ncheck  HTTP 200, 3 times in a row, identity as expected\n"          },
        {{.terminal = true, .width = 42},
         "a-stage-of-21-letters", "stage                  proof\n"
         "a-stage-of-21-letters  HTTP 200, 3 times in a row, identity as expected\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP_SCREEN Screen screen = {0};
        CLEANUP(output_free) Output *output = open_output(&screen, cases[i].setup);
        Table *table = output_table_new((const char *const[]){"stage", "proof"}, 2);

        output_table_row(table, (const char *const[]){cases[i].stage, proof});
        output_table_print(output, table);
        output_table_free(table);
        assert_string_equal(stdout_of(&screen), cases[i].shown);
    }
}

static void a_table_in_json_is_an_array_of_objects(void **state)
{
    CLEANUP_SCREEN Screen screen = {0};
    CLEANUP(output_free)
    Output *output = open_output(&screen, (OutputSetup){.style = OUTPUT_JSON});
    Table *table = output_table_new((const char *const[]){"version", "state", "since"}, 3);
    CLEANUP(json_free) Json *array = NULL;
    Error err = {0};

    (void)state;
    fill(table);
    output_table_print(output, table);
    output_table_free(table);
    assert_true(json_parse(stdout_of(&screen), strlen(stdout_of(&screen)), &array, &err));
    assert_int_equal(json_count(array), 3);
    assert_string_equal(json_get_text(json_item(array, 0), "state"), "serves");
}

static void a_ci_service_gets_plain_lines_with_its_commands(void **state)
{
    const Options plain = {0};
    OutputFacts facts = {.options = &plain,
                         .stdout_is_terminal = true,
                         .stderr_is_terminal = true,
                         .term = "xterm",
                         .github_actions = "true"};

    (void)state;
    assert_int_equal(output_setup_by(&facts).ci, CI_GITHUB);
    assert_int_equal(output_setup_by(&facts).style, OUTPUT_PLAIN);
    facts.github_actions = NULL;
    facts.tf_build = "True";
    assert_int_equal(output_setup_by(&facts).ci, CI_AZURE);
    facts.tf_build = "";
    assert_int_equal(output_setup_by(&facts).ci, CI_NONE);
    assert_int_equal(output_setup_by(&facts).style, OUTPUT_LIVE);
}

static void the_style_follows_options_and_surroundings(void **state)
{
    static const Options none = {0}, json = {.json = true}, plain = {.plain = true},
                         no_color = {.no_color = true};
    static const struct {
        OutputFacts facts;
        OutputStyle style;
        bool color;
    } cases[] = {
        {{&none, true, true, "xterm", NULL, NULL, NULL, NULL, NULL, NULL},    OUTPUT_LIVE,  true },
        {{&none, false, true, "xterm", NULL, NULL, NULL, NULL, NULL, NULL},   OUTPUT_LIVE,  true },
        {{&none, true, false, "xterm", NULL, NULL, NULL, NULL, NULL, NULL},   OUTPUT_PLAIN, false},
        {{&none, true, true, "dumb", NULL, NULL, NULL, NULL, NULL, NULL},     OUTPUT_PLAIN, false},
        {{&none, true, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL},       OUTPUT_PLAIN, false},
        {{&none, true, true, "xterm", "1", NULL, NULL, NULL, NULL, NULL},     OUTPUT_LIVE,  false},
        {{&none, true, true, "xterm", "", NULL, NULL, NULL, NULL, NULL},      OUTPUT_LIVE,  true },
        {{&none, true, true, "xterm", NULL, NULL, "true", NULL, NULL, NULL},  OUTPUT_PLAIN, true },
        {{&none, true, true, "xterm", NULL, NULL, "false", NULL, NULL, NULL}, OUTPUT_LIVE,  true },
        {{&none, false, false, NULL, NULL, "1", "true", NULL, NULL, NULL},    OUTPUT_PLAIN, true },
        {{&none, false, false, NULL, NULL, "0", NULL, NULL, NULL, NULL},      OUTPUT_PLAIN, false},
        {{&none, true, true, "xterm", "1", "1", NULL, NULL, NULL, NULL},      OUTPUT_LIVE,  false},
        {{&json, true, true, "xterm", NULL, "1", NULL, NULL, NULL, NULL},     OUTPUT_JSON,  false},
        {{&plain, true, true, "xterm", NULL, NULL, NULL, NULL, NULL, NULL},   OUTPUT_PLAIN, true },
        {{&no_color, true, true, "xterm", NULL, "1", NULL, NULL, NULL, NULL}, OUTPUT_LIVE,  false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        OutputSetup setup = output_setup_by(&cases[i].facts);

        assert_int_equal(setup.style, cases[i].style);
        assert_int_equal(setup.color, cases[i].color);
    }
    assert_true(output_setup_by(&(OutputFacts){.options = &none, .locale = "de_DE.UTF-8"}).utf8);
    assert_false(output_setup_by(&(OutputFacts){.options = &none, .locale = "C"}).utf8);
}

static int set_time_zone(void **state)
{
    (void)state;
    if (!environment_set("TZ", "UTC0"))
        return -1;
    tzset();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe_gets_a_line_for_each_event),
        cmocka_unit_test(quiet_leaves_only_what_wants_looking_at),
        cmocka_unit_test(ctrl_c_is_not_called_a_failure),
        cmocka_unit_test(a_terminal_shows_one_line_for_each_stage),
        cmocka_unit_test(the_running_stage_shows_its_progress),
        cmocka_unit_test(a_result_never_lands_in_the_live_line),
        cmocka_unit_test(no_width_makes_a_line_wrap),
        cmocka_unit_test(leaving_early_takes_the_live_line_away),
        cmocka_unit_test(colors_are_only_sent_where_wanted),
        cmocka_unit_test(json_is_one_object_a_line_on_stdout),
        cmocka_unit_test(an_error_says_what_serves_and_what_to_try),
        cmocka_unit_test(an_error_in_json_has_code_and_exit_status),
        cmocka_unit_test(what_is_no_utf8_still_makes_json),
        cmocka_unit_test(text_from_outside_cannot_touch_the_terminal),
        cmocka_unit_test(a_cut_text_fits),
        cmocka_unit_test(a_table_is_aligned),
        cmocka_unit_test(the_last_column_stays_in_its_place_on_a_terminal),
        cmocka_unit_test(a_table_in_json_is_an_array_of_objects),
        cmocka_unit_test(a_ci_service_gets_plain_lines_with_its_commands),
        cmocka_unit_test(the_style_follows_options_and_surroundings),
    };

    return cmocka_run_group_tests(tests, set_time_zone, NULL);
}
