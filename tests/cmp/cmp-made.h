/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "pki/pki-certificate.h"

/* Values and certificates that tests of contents need, made by libcrypto and not by our own encoders. */

#define MADE_NOW G_GINT64_CONSTANT (1800000000)
#define MADE_DAY (24 * 60 * 60)

/* DER by the language of ASN1_generate_v3(3). @sections: (nullable): text of a configuration file that @text may name. (transfer full) */
GBytes *made_der (const char *text, const char *sections);
/* The octets of @hex: (transfer full) */
GBytes *made_octets (const char *hex);
/* A SEQUENCE of the values given as GBytes of DER up to %NULL: (transfer full) */
GBytes *made_sequence (GBytes *first, ...) G_GNUC_NULL_TERMINATED;
/* @value in an explicit [@tag]: (transfer full) */
GBytes *made_tagged (int tag, GBytes *value);
/* A fresh P-256 key: (transfer full) */
EVP_PKEY *made_key (void);

/* Members that are %NULL or 0 stand for what is usual. */
typedef struct {
  const char *subject;
  const char *issuer;           /* default: @subject */
  EVP_PKEY *key;
  EVP_PKEY *issuer_key;         /* default: @key */
  gint64 not_before;            /* default: a day before MADE_NOW */
  gint64 not_after;             /* default: a hundred days after MADE_NOW */
  gboolean version_1;           /* without any extension */
  gboolean end_entity;
  const char *extensions[6];    /* "subjectAltName=email:a@b", … */
  const char *digest;           /* default: SHA256 */
  long serial;
} MadeCertificate;

SignetCertificate *made_certificate (const MadeCertificate *what);

typedef struct {
  const char *issuer;
  EVP_PKEY *issuer_key;
  gint64 this_update;           /* default: an hour before MADE_NOW */
  gint64 next_update;           /* default: a day after MADE_NOW; -1: none */
  long number;                  /* cRLNumber; 0: none */
  const char *extensions[4];
  const char *digest;           /* default: SHA256 */
} MadeCrl;

/* DER CertificateList with one entry: (transfer full) */
GBytes *made_crl (const MadeCrl *what);
