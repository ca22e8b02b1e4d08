/* Tests deploy/doctor/windows_*_windows.c: what the doctor reads of Windows, beside what this test
 * put there, or knows of itself. Under Wine every process is elevated, and there is neither
 * firewall, Defender nor mark of the web: of those the readings that find nothing are seen. */
#include "deploy/doctor/windows_host.h"

#include "base/file/file.h"
#include "base/process/process.h"
#include "tests/support/temporary_folder.h"

#include <winsock2.h>

#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

static void done(bool worked, const Error *err)
{
    if (!worked)
        fail_msg("%s", err->message);
}

static void the_token_of_this_process_is_read(void **state)
{
    WindowsToken token = {.virtualised = true};
    Error err = {0};

    (void)state;
    done(windows_token(&token, &err), &err);
    assert_false(token.virtualised); /* the manifest says asInvoker, and we have 64 bits */
}

static void a_number_of_the_registry_is_read_and_its_absence_is_no_error(void **state)
{
    static const wchar_t key[] = L"SYSTEM\\CurrentControlSet\\Services\\Tcpip6\\Parameters";
    static const wchar_t name[] = L"DisabledComponents";
    const DWORD number = 0x20;
    DWORD before = 0, size = sizeof before;
    bool was_there = RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD, NULL, &before,
                                  &size) == ERROR_SUCCESS;
    uint32_t found = 0;
    bool on = false;
    Error err = {0};

    (void)state;
    done(windows_long_paths(&on, &err), &err);
    done(windows_ipv6_disabled(&found, &err), &err);
    assert_int_equal(found, was_there ? before : 0);
    if (was_there) /* of a real host: not ours to change */
        return;
    assert_int_equal(
        RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, name, REG_DWORD, &number, sizeof number),
        ERROR_SUCCESS);
    done(windows_ipv6_disabled(&found, &err), &err);
    assert_int_equal(RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, key, name), ERROR_SUCCESS);
    assert_int_equal(found, number);
}

static void the_rules_of_the_firewall_are_read(void **state)
{
    static const wchar_t key[] = L"SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters"
                                 L"\\FirewallPolicy\\FirewallRules";
    static const wchar_t rule[] = L"v2.30|Action=Allow|Active=TRUE|Dir=In|LPort=1|Name=\u00e9|";
    CLEANUP_TEXT_LIST TextList rules = {0};
    bool on = false, found = false;
    Error err = {0};

    (void)state;
    /* Nothing listens on port 1, and the rule is gone again at once. */
    assert_int_equal(
        RegSetKeyValueW(HKEY_LOCAL_MACHINE, key, L"{godeploy-test}", REG_SZ, rule, sizeof rule),
        ERROR_SUCCESS);
    (void)windows_firewall(&on, &rules, &err);
    assert_int_equal(RegDeleteKeyValueW(HKEY_LOCAL_MACHINE, key, L"{godeploy-test}"),
                     ERROR_SUCCESS);
    assert_int_equal(err.code, ERR_NONE);
    for (size_t i = 0; i < rules.count; i++)
        found = found || text_ends_with(rules.items[i], "|LPort=1|Name=\xc3\xa9|");
    assert_true(found);
}

static int64_t of_kind(const WindowsHandles *handles, const char *name)
{
    for (int i = 0; i < WINDOWS_HANDLE_KINDS; i++)
        if (strcmp(handles->most[i].name, name) == 0)
            return handles->most[i].count;
    return 0;
}

static void handles_are_counted_by_their_kind(void **state)
{
    enum { EVENTS = 500 };
    HANDLE events[EVENTS];
    WindowsHandles before = {0}, after = {0};
    Error err = {0};

    (void)state;
    done(windows_handles(process_own_pid(), &before, &err), &err);
    for (int i = 0; i < EVENTS; i++)
        assert_non_null(events[i] = CreateEventW(NULL, TRUE, FALSE, NULL));
    done(windows_handles(process_own_pid(), &after, &err), &err);
    for (int i = 0; i < EVENTS; i++)
        assert_true(CloseHandle(events[i]));
    assert_true(after.count >= before.count + EVENTS);
    assert_true(of_kind(&after, "Event") >= EVENTS);
}

static void a_process_that_has_ended_has_no_handles(void **state)
{
    WindowsHandles handles = {0};
    Error err = {0};

    (void)state;
    assert_false(windows_handles(0x7ffffffe, &handles, &err));
    assert_int_equal(err.code, ERR_PROCESS);
}

/* Taken by somebody is not kept back; and what is looked at can be had right after. */
static void a_port_that_somebody_has_is_not_kept_back(void **state)
{
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int length = sizeof where;
    WSADATA ignored;
    SOCKET listener = INVALID_SOCKET;
    int64_t waiting = -1;
    bool kept = true;
    Error err = {0};

    (void)state;
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &ignored), 0);
    listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    assert_int_equal(bind(listener, (const struct sockaddr *)&where, sizeof where), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&where, &length), 0);
    done(windows_keeps_port(ntohs(where.sin_port), &kept, &err), &err);
    assert_false(kept);
    done(windows_waiting(ntohs(where.sin_port), &waiting, &err), &err);
    assert_int_equal(waiting, 0);
    (void)closesocket(listener);
    (void)WSACleanup();
}

/* Wine's netsh says nothing of them. */
static void no_excluded_range_is_an_answer(void **state)
{
    PortRange range = {0};
    bool found = true;
    Error err = {0};

    (void)state;
    done(windows_excluded_range(18081, false, &found, &range, &err), &err);
    done(windows_excluded_range(18081, true, &found, &range, &err), &err);
}

/* Of the letters that nobody has: none is left on a host with 26 drives. */
static wchar_t free_letter(void)
{
    DWORD taken = GetLogicalDrives();

    for (wchar_t letter = L'Z'; letter > L'C'; letter--)
        if (!(taken & (1u << (letter - L'A'))))
            return letter;
    fail_msg("every drive letter is taken");
    return L'\0';
}

static void a_letter_of_subst_is_told_from_a_disk_and_from_none(void **state)
{
    const wchar_t letter[] = {free_letter(), L':', L'\0'};
    const char path[] = {(char)letter[0], ':', '/', 's', 'h', 'o', 'p', '\0'};
    WindowsDrive none = {.is_there = true}, subst = {0}, disk = {0}, share = {0};
    Error err = {0};
    bool looked = false;

    (void)state;
    done(windows_drive(path, &none, &err), &err);
    assert_false(none.is_there);
    assert_memory_equal(none.name, path, 2);

    assert_true(DefineDosDeviceW(0, letter, L"C:\\Windows"));
    looked = windows_drive(path, &subst, &err);
    assert_true(DefineDosDeviceW(DDD_REMOVE_DEFINITION, letter, NULL));
    done(looked, &err);
    assert_true(subst.is_there && !subst.is_share && !subst.is_mapped);
    assert_string_equal(subst.folder, "C:\\Windows");

    done(windows_drive("C:/srv", &disk, &err), &err);
    assert_true(disk.is_there && !disk.is_share && !disk.is_mapped);
    assert_string_equal(disk.folder, "");

    done(windows_drive("//server/share/srv", &share, &err), &err);
    assert_true(share.is_there && share.is_share && !share.is_mapped);
    assert_string_equal(share.name, "");
}

static void a_file_without_a_mark_has_none(void **state)
{
    char folder[TEMPORARY_FOLDER_SIZE];
    CLEANUP(free) char *path = NULL;
    Error err = {0};

    (void)state;
    assert_true(temporary_folder_make(folder, "zone"));
    path = text_formatted("%s/shop.exe", folder);
    done(file_write_atomic(path, "MZ", 2, 0600, &err), &err);
    assert_int_equal(windows_zone(path), -1);
    assert_int_equal(windows_zone("C:/nowhere/shop.exe"), -1);
    done(folder_remove_tree(folder, &err), &err);
}

static void what_is_not_installed_is_an_answer(void **state)
{
    CLEANUP(free) char *folder = windows_exporter_folder();
    CLEANUP(free) PortproxyFindings *findings = calloc(1, sizeof *findings);
    CLEANUP_WINDOWS_GO WindowsGo go = {0};
    WindowsAntivirus antivirus = {0};
    bool installed = true;
    Error err = {0};

    (void)state;
    done(windows_exporter(&installed, &err), &err);
    done(windows_antivirus(&antivirus, &err), &err);
    done(windows_go(&go, &err), &err);
    assert_non_null(findings);
    done(windows_portproxy(findings, &err), &err);
    assert_true(text_ends_with(folder, "\\windows_exporter\\textfile_inputs"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_of_this_process_is_read),
        cmocka_unit_test(a_number_of_the_registry_is_read_and_its_absence_is_no_error),
        cmocka_unit_test(the_rules_of_the_firewall_are_read),
        cmocka_unit_test(handles_are_counted_by_their_kind),
        cmocka_unit_test(a_process_that_has_ended_has_no_handles),
        cmocka_unit_test(a_port_that_somebody_has_is_not_kept_back),
        cmocka_unit_test(no_excluded_range_is_an_answer),
        cmocka_unit_test(a_letter_of_subst_is_told_from_a_disk_and_from_none),
        cmocka_unit_test(a_file_without_a_mark_has_none),
        cmocka_unit_test(what_is_not_installed_is_an_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
