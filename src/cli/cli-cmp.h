/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* "signetctl cmp": what its files share. It keeps no store and asks no worker: everything comes from options, a configuration
 * file and the files that they name, as with "openssl cmp", whose interface it has. */

#include <openssl/conf.h>

#include "cli/cli.h"
#include "cmp/cmp-transaction.h"
#include "pki/pki-format.h"
#include "transfer/transfer.h"

/* ---- the table of options: cli-cmp-table.c ---- */

typedef enum {
  SIGNET_CLI_CMP_HEADING,       /* no option: the words above those that follow */
  SIGNET_CLI_CMP_FLAG,          /* no value; in a configuration file a number, 0: not set */
  SIGNET_CLI_CMP_TEXT,
  SIGNET_CLI_CMP_SECRET,        /* where a secret is: pass:, env:, file:, fd:, stdin */
  SIGNET_CLI_CMP_INTEGER,
  SIGNET_CLI_CMP_COUNT,         /* 0 or more */
  SIGNET_CLI_CMP_POSITIVE,
} SignetCliCmpKind;

typedef enum {
  SIGNET_CLI_CMP_MEANT,
  SIGNET_CLI_CMP_WITHOUT_EFFECT,        /* taken for the sake of scripts; a warning says so */
  SIGNET_CLI_CMP_REFUSED,               /* an error says why */
} SignetCliCmpUse;

typedef enum {
  SIGNET_CLI_CMP_OF_BOTH,               /* of "openssl cmp" too */
  SIGNET_CLI_CMP_OF_SIGNET,             /* here alone */
} SignetCliCmpOrigin;

/* @name: %NULL for a heading; @help: untranslated, marked with N_(); @reason: (nullable): why an option is without effect or
 * refused, untranslated too. */
typedef struct {
  SignetCliCmpKind kind;
  const char *name;
  const char *value;            /* (nullable): what help calls the value */
  const char *help;
  SignetCliCmpUse use;
  const char *reason;
  SignetCliCmpOrigin origin;
} SignetCliCmpOption;

/* Ended by an entry without help. */
extern const SignetCliCmpOption signet_cli_cmp_table[];
const SignetCliCmpOption *signet_cli_cmp_find_option (const char *name);     /* (nullable) */

/* ---- values of options: cli-cmp-options.c, cli-cmp-config.c ---- */

typedef struct _SignetCliCmp SignetCliCmp;

/* Levels of -verbosity. */
typedef enum {
  SIGNET_CLI_CMP_LOG_ERROR = 3,
  SIGNET_CLI_CMP_LOG_WARNING = 4,
  SIGNET_CLI_CMP_LOG_INFO = 6,
  SIGNET_CLI_CMP_LOG_DEBUG = 7,
} SignetCliCmpLevel;

/**
 * SignetCliCmp:
 *
 * One run: the values of its options and what was made of them. Used by the thread that does the work; the main thread only
 * carries messages.
 */
struct _SignetCliCmp {
  SignetCli *cli;
  GHashTable *values;           /* name → text */
  GHashTable *literals;         /* name → SignetSecret: of pass: on the command line */
  gboolean in_arguments;        /* what is read now comes from the command line */
  CONF *conf;                   /* (nullable) */
  char *conf_file;              /* (nullable) */
  int verbosity;
  gboolean batch;
  GMainContext *main;           /* where the transfer runs */
  GPtrArray *providers;         /* (element-type OSSL_PROVIDER) (nullable): loaded for this run */

  SignetCmpBodyType body;       /* of -cmd */
  SignetCmpAuthority *authority;
  SignetCmpCredentials *credentials;
  GPtrArray *trusted;           /* (element-type SignetCertificate) (nullable) */
  GPtrArray *untrusted;         /* (element-type SignetCertificate) */
  SignetCertificate *server;    /* (nullable): -srvcert */
  SignetCertificate *reference; /* (nullable): -oldcert, else -cert */
  SignetCertificate *signer_in; /* (nullable): who signed the last answer */
  GPtrArray *extra_in;          /* (nullable): extraCerts of the last answer that is no pollRep and no pkiconf */
  GPtrArray *ca_pubs;           /* (nullable) */
  gboolean waiting;             /* it ended with -state because the authority wants time */
};

SignetCliCmp *signet_cli_cmp_new (SignetCli *cli);
void signet_cli_cmp_free (SignetCliCmp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCliCmp, signet_cli_cmp_free)

/* Reads @args behind the name; @help: (out): -help was asked for. Values that are given twice: the last one counts. */
gboolean signet_cli_cmp_read_arguments (SignetCliCmp *self, char **args, gboolean *help, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads -config and -section, which @args tell, and takes the values found there as defaults. */
gboolean signet_cli_cmp_read_config (SignetCliCmp *self, char **args, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Checks and takes one value; "" resets. @from: "-config" or the command line, for the error. */
gboolean signet_cli_cmp_set (SignetCliCmp *self, const SignetCliCmpOption *option, const char *value, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_cli_cmp_print_help (void);

/* The value of an option that the table has; %NULL or @fallback where it was not given. */
const char *signet_cli_cmp_text (SignetCliCmp *self, const char *name);
int signet_cli_cmp_number (SignetCliCmp *self, const char *name, int fallback);
gboolean signet_cli_cmp_flag (SignetCliCmp *self, const char *name);
gboolean signet_cli_cmp_given (SignetCliCmp *self, const char *name);
/* The items of a list, separated by commas or blanks: (transfer full), empty where the option was not given. */
char **signet_cli_cmp_items (SignetCliCmp *self, const char *name);

/* "CMP warning: …" on standard output, errors on standard error, where -verbosity lets it through. */
void signet_cli_cmp_log (SignetCliCmp *self, SignetCliCmpLevel level, const char *format, ...) G_GNUC_PRINTF (3, 4);
gboolean signet_cli_cmp_usage (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);  /* sets @error; %FALSE */

/* ---- secrets: cli-cmp-secret.c ---- */

/* Takes the secrets out of @argv, which others can read, before anything else is done: what they were is zeroed there. Gives
 * what the program reads instead: (transfer full). */
char **signet_cli_cmp_hide_secrets (SignetCli *cli, int argc, char **argv);
/* The secret behind a SECRET option, %NULL without @error where it was not given: (transfer full). @what: for the prompt. */
gboolean signet_cli_cmp_read_secret (SignetCliCmp *self, const char *name, SignetSecret **secret, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Keeps what followed "pass:" for the option of that name. */
void signet_cli_cmp_keep_literal (SignetCliCmp *self, const char *name, const char *value);

/* ---- files: cli-cmp-load.c, cli-cmp-output.c ---- */

/* Each reads what one option names; @password: the option with the password of such files. %NULL with @error. */
SignetKey *signet_cli_cmp_load_key (SignetCliCmp *self, const char *source, const char *password, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A public key, or the public half of a private one. (transfer full) */
EVP_PKEY *signet_cli_cmp_load_public_key (SignetCliCmp *self, const char *source, const char *password, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All certificates of one source, the first one first: (transfer full) (element-type SignetCertificate) */
GPtrArray *signet_cli_cmp_load_certificates (SignetCliCmp *self, const char *source, const char *password, GError **error) G_GNUC_WARN_UNUSED_RESULT;
SignetCertificate *signet_cli_cmp_load_certificate (SignetCliCmp *self, const char *source, const char *password, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Those of all sources that option @name lists; empty where it was not given. */
GPtrArray *signet_cli_cmp_load_list (SignetCliCmp *self, const char *name, const char *password, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Appends references to what @from (nullable) holds. */
void signet_cli_cmp_add_all (GPtrArray *to, GPtrArray *from);
X509_CRL *signet_cli_cmp_load_crl (SignetCliCmp *self, const char *source, GError **error) G_GNUC_WARN_UNUSED_RESULT;
X509_REQ *signet_cli_cmp_load_csr (const char *source, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A name as openssl takes it, "/CN=a/O=b", or as RFC 4514 has it. */
X509_NAME *signet_cli_cmp_parse_name (SignetCliCmp *self, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- where messages go: cli-cmp-transfer.c, cli-cmp-exchange.c ---- */

typedef struct _SignetCliCmpTransport SignetCliCmpTransport;
/* Reads the options about server, proxy, TLS and message files. */
SignetCliCmpTransport *signet_cli_cmp_transport_new (SignetCliCmp *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_cli_cmp_transport_free (SignetCliCmpTransport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignetCliCmpTransport, signet_cli_cmp_transport_free)
/* Saves a message that was made where -reqout says, whether or not -reqin has another one sent. */
gboolean signet_cli_cmp_transport_note_request (SignetCliCmpTransport *transport, GBytes *request, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What answers @request: the server, or the next file of -rspin. Called by the thread that works, which waits meanwhile.
 * @left: seconds that are left of -total_timeout, 0: no limit. @from_file: (out): the answer was read from a file. */
GBytes *signet_cli_cmp_transport_exchange (SignetCliCmpTransport *transport, GBytes *request, guint left, gboolean *from_file,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Where the server is, and over which proxy it is reached. */
SignetEndpoint *signet_cli_cmp_endpoint_new (SignetCliCmp *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
GProxyResolver *signet_cli_cmp_proxy_new (SignetCliCmp *self, gboolean encrypted);

/* ---- with what and whom: cli-cmp-trust.c, cli-cmp-credentials.c, cli-cmp-request.c ---- */

/* Sets authority, trusted, untrusted and server. */
gboolean signet_cli_cmp_setup_authority (SignetCliCmp *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Sets credentials, and reference for -cert. */
gboolean signet_cli_cmp_setup_credentials (SignetCliCmp *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Sets body from -cmd. */
gboolean signet_cli_cmp_read_command (SignetCliCmp *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Whether a body is a CertRepMessage. */
gboolean signet_cli_cmp_is_cert_rep (SignetCmpBodyType body);
/* What is asked for: (transfer full) */
SignetCmpOperation *signet_cli_cmp_make_operation (SignetCliCmp *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* One item of it, for ir, cr, kur, krr and ccr. @new_key: (nullable): where its key is; else what other options say. */
SignetCmpItem *signet_cli_cmp_make_item (SignetCliCmp *self, const char *new_key, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* genm by -infotype; and what is done with the genp: files are written, all of it is told. */
SignetCmpOperation *signet_cli_cmp_make_genm (SignetCliCmp *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_cli_cmp_take_genp (SignetCliCmp *self, SignetCmpTransaction *transaction, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* krr: the control that -recoverykey wants; and what is done with the krp. */
gboolean signet_cli_cmp_add_recovery_key (SignetCliCmp *self, SignetCmpItem *item, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_cli_cmp_take_krp (SignetCliCmp *self, SignetCmpTransaction *transaction, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What options beyond the engine's rules demand of an answer, before the engine sees it. */
gboolean signet_cli_cmp_check_answer (SignetCliCmp *self, GBytes *answer, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What the verification options demand of who signed an answer; @extra: (nullable): extraCerts. */
/* Whether an option leaves out a check of chains that the engine makes; -strict takes them all back. */
gboolean signet_cli_cmp_leaves_out (SignetCliCmp *self);
gboolean signet_cli_cmp_verify_signer (SignetCliCmp *self, SignetCertificate *signer, GPtrArray *extra, gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What -out_trusted and -verify_… demand of the new certificate. */
gboolean signet_cli_cmp_check_certificate (SignetCliCmp *self, SignetCertificate *certificate, GPtrArray *chain, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ---- between two runs: cli-cmp-state.c ---- */

/* @transaction: (out) (nullable): that of -state, where its file is there. */
gboolean signet_cli_cmp_state_load (SignetCliCmp *self, SignetCmpTransaction **transaction, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes it, where -state was given. */
gboolean signet_cli_cmp_state_save (SignetCliCmp *self, SignetCmpTransaction *transaction, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void signet_cli_cmp_state_remove (SignetCliCmp *self);

/* ---- the run: cli-cmp-run.c, cli-cmp-output.c ---- */

gboolean signet_cli_cmp_perform (SignetCliCmp *run, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_cli_cmp_save (SignetCliCmp *self, SignetCmpTransaction *transaction, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Writes @contents to @path, as openssl does: what is there is replaced. */
gboolean signet_cli_cmp_write (const char *path, GBytes *contents, int mode, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean signet_cli_cmp_write_certificates (SignetCliCmp *self, const char *path, GPtrArray *certificates, GError **error) G_GNUC_WARN_UNUSED_RESULT;
