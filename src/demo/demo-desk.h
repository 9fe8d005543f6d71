/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "demo/demo-authority.h"
#include "demo/demo-ca.h"
#include "demo/demo-database.h"

/* What one message is answered from. */
typedef struct
{
  SignetDemoDatabase *database;
  SignetDemoCa *ca;
  const SignetDemoOptions *options;
} SignetDemoDesk;

/* Answers @octets within a transaction of the database that is open already. Nothing of a message is kept whose protection
 * was not checked, and only who began a CMP transaction goes on with it. A failure of the database is the caller's to look
 * for. @error: %G_IO_ERROR_INVALID_DATA: no CMP message, %G_IO_ERROR_PERMISSION_DENIED: an unknown reference. */
GBytes *signet_demo_desk_answer (SignetDemoDesk *self, GBytes *octets, GError **error);
