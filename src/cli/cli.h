/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include "cli/cli-json.h"
#include "client/client.h"

/**
 * SignetCliStatus:
 *
 * How signetctl ends, for scripts: documented in --help, never renumbered. They are the codes of #SIGNET_CLI_ERROR too.
 */
typedef enum {
  SIGNET_CLI_DONE = 0,
  SIGNET_CLI_FAILED = 1,
  SIGNET_CLI_USAGE = 2,         /* the command line is wrong */
  SIGNET_CLI_REJECTED = 3,      /* the authority said no */
  SIGNET_CLI_WAITING = 4,       /* no answer yet: the time is up, or a reply is to be carried by hand */
  SIGNET_CLI_UNKNOWN = 5,       /* sent, and no answer: it may have been issued */
  SIGNET_CLI_LOCKED = 6,        /* the store needs its passphrase or the keyring */
  SIGNET_CLI_NOT_FOUND = 7,     /* no such request, certificate, key or authority */
  SIGNET_CLI_BUSY = 8,          /* not possible in this state */
  SIGNET_CLI_NO_WORKER = 9,     /* the worker could not be started or reached */
  SIGNET_CLI_QUESTION = 10,     /* a question waits for "signetctl answer" */
  SIGNET_CLI_CANCELLED = 11,    /* the request was cancelled */
} SignetCliStatus;
#define SIGNET_CLI_ERROR (signet_cli_error_quark ())
GQuark signet_cli_error_quark (void);

/* One run of signetctl: its global options and, once a command needs it, the store. */
typedef struct {
  char *home;                   /* (nullable) */
  char *passphrase_file;        /* (nullable) (type filename) */
  gboolean json;
  SignetClient *client;         /* %NULL until signet_cli_open () */
  GPtrArray *secrets;           /* (nullable): taken out of the arguments of "cmp" */
} SignetCli;

/* A command of one or two words: @args as g_strv, args[0] the program's and the command's name. The status is
 * SIGNET_CLI_DONE, or another with @error set; one that is set without @error has been told already. */
typedef SignetCliStatus (*SignetCliRun) (SignetCli *cli, char **args, GError **error);
typedef struct {
  const char *group;            /* (nullable): "authority" of "authority add" */
  const char *name;
  const char *summary;          /* untranslated, marked with N_() */
  SignetCliRun run;
} SignetCliCommand;

/* Each file's commands, ended by a %NULL name. */
extern const SignetCliCommand signet_cli_authority_commands[];
extern const SignetCliCommand signet_cli_request_commands[];
extern const SignetCliCommand signet_cli_list_commands[];
extern const SignetCliCommand signet_cli_message_commands[];
extern const SignetCliCommand signet_cli_export_commands[];
extern const SignetCliCommand signet_cli_store_commands[];
extern const SignetCliCommand signet_cli_cmp_commands[];

/* The program but for main (). */
int signet_cli_main (int argc, char **argv);

/* Reads @args by @entries and the global options; --help prints and ends the program. What is no option stays in @args, of
 * which there must be @min to @max behind the name. @usage: "ID", as help shows it. */
gboolean signet_cli_parse (SignetCli *cli, char ***args, const GOptionEntry *entries, const char *usage, const char *summary,
                           guint min, guint max, GError **error);

/* Opens the store, and its lock with the passphrase where one is given; starts a worker where none runs. */
gboolean signet_cli_open (SignetCli *cli, GError **error);
/* signet_client_call_async () and its end, after opening. @arguments is consumed. */
GVariant *signet_cli_call (SignetCli *cli, const char *method, GVariant *arguments, GUnixFDList *fds, GError **error);
/* Turns the main context until @done, or until @timeout seconds have passed (negative: for ever): %FALSE then. */
typedef gboolean (*SignetCliDone) (SignetCli *cli, gpointer user_data);
gboolean signet_cli_wait (SignetCli *cli, SignetCliDone done, gpointer user_data, int timeout);

/* The member "error" of what a command prints in JSON. */
void signet_cli_add_error (SignetJson *json, SignetCliStatus status, const GError *error);
/* Prints and frees. */
void signet_cli_print_json (SignetJson *json);
