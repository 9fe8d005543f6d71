/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

typedef enum {
  SIGNET_STAGE_DONE,
  SIGNET_STAGE_NOW,
  SIGNET_STAGE_LATER,
  SIGNET_STAGE_ENDED,           /* here it ended, and not well */
} SignetStage;

/* The stages of a request, one below the other, as of a parcel. */
#define SIGNET_TYPE_TIMELINE (signet_timeline_get_type ())
G_DECLARE_FINAL_TYPE (SignetTimeline, signet_timeline, SIGNET, TIMELINE, GtkBox)

GtkWidget *signet_timeline_new (void);
/* @buttons: (nullable) (transfer full): what can be done at this stage. */
void signet_timeline_add (SignetTimeline *self, SignetStage stage, const char *title, const char *words, GtkWidget *buttons);
