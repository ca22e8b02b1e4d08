/* See tls_server.h. */
#include "tests/support/tls_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

struct TlsServer {
    pid_t pid;
    int output;
    uint16_t port;
};

static pid_t run_in(const char *folder, const char *const *argv, int output)
{
    pid_t pid = fork();

    if (pid != 0)
        return pid;
    if (chdir(folder) != 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0 ||
        dup2(open("/dev/null", O_RDONLY), STDIN_FILENO) < 0)
        _exit(127);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static bool make_certificate(const char *folder)
{
    static const char *const argv[] = {"openssl",
                                       "req",
                                       "-x509",
                                       "-newkey",
                                       "ec",
                                       "-pkeyopt",
                                       "ec_paramgen_curve:P-256",
                                       "-nodes",
                                       "-subj",
                                       "/CN=shop.example",
                                       "-addext",
                                       "subjectAltName=DNS:shop.example,IP:127.0.0.1",
                                       "-days",
                                       "2",
                                       "-keyout",
                                       "key.pem",
                                       "-out",
                                       "ca.pem",
                                       NULL};
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    pid_t pid = run_in(folder, argv, nowhere);
    int status = 0;

    (void)close(nowhere);
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

/* "ACCEPT 127.0.0.1:40123" */
static bool read_port(TlsServer *server)
{
    char text[4096] = {0};
    size_t got = 0;

    for (int waited = 0; waited < PATIENCE_MS && got + 1 < sizeof text; waited += 50) {
        struct pollfd one = {.fd = server->output, .events = POLLIN};
        const char *line = strstr(text, "ACCEPT ");
        if (line && strchr(line, '\n') && strrchr(line, ':')) {
            server->port = (uint16_t)strtoul(strrchr(line, ':') + 1, NULL, 10);
            return server->port != 0;
        }
        if (poll(&one, 1, 50) > 0) {
            ssize_t came = read(server->output, text + got, sizeof text - 1 - got);
            if (came <= 0)
                return false;
            got += (size_t)came;
        }
    }
    return false;
}

TlsServer *tls_server_start(const char *folder)
{
    static const char *const argv[] = {"openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                                       "ca.pem",  "-key",     "key.pem", "-HTTP",       NULL};
    TlsServer *server = calloc(1, sizeof *server);
    int ends[2] = {-1, -1};

    if (!server || !make_certificate(folder) || pipe2(ends, O_CLOEXEC) != 0) {
        free(server);
        return NULL;
    }
    server->output = ends[0];
    server->pid = run_in(folder, argv, ends[1]);
    (void)close(ends[1]);
    if (server->pid > 0 && read_port(server))
        return server;
    tls_server_stop(server);
    return NULL;
}

void tls_server_stop(TlsServer *server)
{
    if (!server)
        return;
    if (server->pid > 0) {
        (void)kill(server->pid, SIGKILL);
        (void)waitpid(server->pid, NULL, 0);
    }
    (void)close(server->output);
    free(server);
}

uint16_t tls_server_port(const TlsServer *server)
{
    return server->port;
}
