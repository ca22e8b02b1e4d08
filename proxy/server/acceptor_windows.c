/* See acceptor.h. The end of an AcceptEx is an event of ours, which a thread of the system's pool
 * waits for: several processes share the socket, and only one of them could have its end told to a
 * completion port.
 *
 * Source: https://learn.microsoft.com/windows/win32/api/mswsock/nf-mswsock-acceptex */
#include "proxy/server/acceptor.h"

#include "proxy/server/connection.h"
#include "proxy/server/endpoint.h"
#include "proxy/server/socket_name_windows.h"

#include <mswsock.h>
#include <stdint.h>
#include <stdlib.h>
#include <windows.h>

enum { ADDRESS_ROOM = sizeof(struct sockaddr_storage) + 16, RETRY_MS = 20 };

struct Acceptor {
    uv_async_t woken;
    uv_timer_t retry;
    int open_handles; /* of the two: freed when both are closed */
    SOCKET listener;
    SOCKET next; /* what the next client becomes; INVALID_SOCKET: none is asked for */
    bool waits;  /* `next` is a client that was not taken yet */
    OVERLAPPED asked;
    HANDLE event;
    HANDLE watch; /* of the thread pool, on `event` */
    LPFN_ACCEPTEX accept_ex;
    char addresses[2 * ADDRESS_ROOM];
    AcceptorKnock *knock;
    void *owner;
};

/* The low bit says: tell no completion port. Source: GetQueuedCompletionStatus(). */
static HANDLE untold(HANDLE event)
{
    return (HANDLE)((uintptr_t)event | 1);
}

/* ---- asking for a client ---- */

static void forget_next(Acceptor *acceptor)
{
    if (acceptor->next != INVALID_SOCKET)
        (void)closesocket(acceptor->next);
    acceptor->next = INVALID_SOCKET;
}

static int family_of(const Acceptor *acceptor)
{
    Endpoint here;
    int length = (int)sizeof here;

    return getsockname(acceptor->listener, &here.any, &length) == 0 ? here.any.sa_family : AF_INET;
}

/* 0, or a number of Windows. Also one that was there at once is told by the event. */
static int ask_for_client(Acceptor *acceptor)
{
    DWORD got = 0;
    int number = 0;

    acceptor->next = WSASocketW(family_of(acceptor), SOCK_STREAM, IPPROTO_TCP, NULL, 0,
                                WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    if (acceptor->next == INVALID_SOCKET)
        return WSAGetLastError();
    acceptor->asked = (OVERLAPPED){.hEvent = untold(acceptor->event)};
    if (acceptor->accept_ex(acceptor->listener, acceptor->next, acceptor->addresses, 0,
                            ADDRESS_ROOM, ADDRESS_ROOM, &got, &acceptor->asked))
        return 0;
    number = WSAGetLastError();
    if (number == ERROR_IO_PENDING)
        return 0;
    forget_next(acceptor);
    return number;
}

static void on_retry(uv_timer_t *retry);

/* Out of sockets or memory it is tried again until some are free. */
static void ask_again(Acceptor *acceptor)
{
    if (ask_for_client(acceptor) != 0)
        (void)uv_timer_start(&acceptor->retry, on_retry, RETRY_MS, 0); /* never fails */
}

static void on_retry(uv_timer_t *retry)
{
    ask_again(retry->data);
}

/* True if `next` is a client: one that has gone again meanwhile is none. */
static bool has_come(Acceptor *acceptor, bool wait)
{
    DWORD bytes = 0;

    return GetOverlappedResult((HANDLE)acceptor->listener, &acceptor->asked, &bytes, wait) &&
           setsockopt(acceptor->next, SOL_SOCKET, SO_UPDATE_ACCEPT_CONTEXT,
                      (const char *)&acceptor->listener, sizeof acceptor->listener) == 0;
}

static void on_woken(uv_async_t *woken)
{
    Acceptor *acceptor = woken->data;

    if (acceptor->waits || acceptor->next == INVALID_SOCKET ||
        !HasOverlappedIoCompleted(&acceptor->asked))
        return;
    acceptor->waits = has_come(acceptor, false);
    if (acceptor->waits) {
        acceptor->knock(acceptor->owner);
        return;
    }
    forget_next(acceptor);
    ask_again(acceptor);
}

/* On a thread of the pool. */
static void CALLBACK on_event(void *acceptor, BOOLEAN timed_out)
{
    (void)timed_out;
    (void)uv_async_send(&((Acceptor *)acceptor)->woken); /* never fails */
}

/* ---- the socket ---- */

Acceptor *acceptor_receive(uv_pipe_t *channel, const Json *message)
{
    SOCKET listener = socket_of_name(json_get_text(message, "socket"));
    Acceptor *acceptor = listener != INVALID_SOCKET ? calloc(1, sizeof *acceptor) : NULL;

    if (!acceptor || uv_async_init(channel->loop, &acceptor->woken, on_woken) < 0) {
        free(acceptor);
        if (listener != INVALID_SOCKET)
            (void)closesocket(listener);
        return NULL;
    }
    (void)uv_timer_init(channel->loop, &acceptor->retry); /* never fails */
    acceptor->woken.data = acceptor;
    acceptor->retry.data = acceptor;
    acceptor->open_handles = 2;
    acceptor->listener = listener;
    acceptor->next = INVALID_SOCKET;
    return acceptor;
}

bool acceptor_address(const Acceptor *acceptor, Address *out)
{
    Endpoint here;
    int length = (int)sizeof here;

    return getsockname(acceptor->listener, &here.any, &length) == 0 && endpoint_read(&here, out);
}

static bool find_accept_ex(Acceptor *acceptor)
{
    GUID id = WSAID_ACCEPTEX;
    DWORD got = 0;

    return WSAIoctl(acceptor->listener, SIO_GET_EXTENSION_FUNCTION_POINTER, &id, sizeof id,
                    &acceptor->accept_ex, sizeof acceptor->accept_ex, &got, NULL, NULL) == 0;
}

int acceptor_start(Acceptor *acceptor, AcceptorKnock *knock, void *owner)
{
    int number = 0;

    acceptor->knock = knock;
    acceptor->owner = owner;
    acceptor->event = CreateEventW(NULL, FALSE, FALSE, NULL);
    if (!acceptor->event || !find_accept_ex(acceptor) ||
        !RegisterWaitForSingleObject(&acceptor->watch, acceptor->event, on_event, acceptor,
                                     INFINITE, WT_EXECUTEINWAITTHREAD))
        return UV_ENOBUFS;
    number = ask_for_client(acceptor);
    return number == 0 ? 0 : uv_translate_sys_error(number);
}

int acceptor_take(Acceptor *acceptor, uv_tcp_t *client)
{
    SOCKET taken = acceptor->next;
    int status = 0;

    if (!acceptor->waits)
        return UV_EAGAIN;
    acceptor->waits = false;
    acceptor->next = INVALID_SOCKET;
    status = uv_tcp_open(client, taken);
    if (status < 0)
        (void)closesocket(taken);
    else
        connection_tune(client);
    if (!uv_is_closing((uv_handle_t *)&acceptor->woken))
        ask_again(acceptor);
    return status;
}

bool acceptor_socket(const Acceptor *acceptor, uv_os_sock_t *out)
{
    *out = acceptor->listener;
    return true;
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    Acceptor *acceptor = handle->data;

    if (--acceptor->open_handles == 0)
        free(acceptor);
}

/* What was asked for is either called back or has come: no client falls between the two. */
static void call_back(Acceptor *acceptor)
{
    if (acceptor->next == INVALID_SOCKET || acceptor->waits)
        return;
    (void)CancelIoEx((HANDLE)acceptor->listener, &acceptor->asked); /* it may be over already */
    acceptor->waits = has_come(acceptor, true);
    if (acceptor->waits)
        acceptor->knock(acceptor->owner);
}

void acceptor_close(Acceptor *acceptor)
{
    uv_close((uv_handle_t *)&acceptor->woken, on_closed);
    uv_close((uv_handle_t *)&acceptor->retry, on_closed);
    if (acceptor->watch)
        (void)UnregisterWaitEx(acceptor->watch, INVALID_HANDLE_VALUE); /* waits for on_event() */
    call_back(acceptor);
    forget_next(acceptor);
    (void)closesocket(acceptor->listener);
    if (acceptor->event)
        (void)CloseHandle(acceptor->event);
}
