/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "client/client-items.h"

typedef struct
{
  gint64 id;
} SignetItemPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (SignetItem, signet_item, G_TYPE_OBJECT)

struct _SignetAuthorityItem
{
  SignetItem parent_instance;

  SignetAuthorityRecord *record;
};

struct _SignetRequestItem
{
  SignetItem parent_instance;

  SignetRequestRecord *record;
  char *authority_name;
};

struct _SignetCertificateItem
{
  SignetItem parent_instance;

  SignetCertificateRecord *record;
};

struct _SignetKeyItem
{
  SignetItem parent_instance;

  SignetKeyRecord *record;
};

G_DEFINE_FINAL_TYPE (SignetAuthorityItem, signet_authority_item, SIGNET_TYPE_ITEM)
G_DEFINE_FINAL_TYPE (SignetRequestItem, signet_request_item, SIGNET_TYPE_ITEM)
G_DEFINE_FINAL_TYPE (SignetCertificateItem, signet_certificate_item, SIGNET_TYPE_ITEM)
G_DEFINE_FINAL_TYPE (SignetKeyItem, signet_key_item, SIGNET_TYPE_ITEM)

static void
set_id (gpointer item,
        gint64   id)
{
  SignetItemPrivate *priv = signet_item_get_instance_private (SIGNET_ITEM (item));

  priv->id = id;
}

static void
signet_authority_item_finalize (GObject *object)
{
  signet_authority_record_free (SIGNET_AUTHORITY_ITEM (object)->record);

  G_OBJECT_CLASS (signet_authority_item_parent_class)->finalize (object);
}

static void
signet_request_item_finalize (GObject *object)
{
  signet_request_record_free (SIGNET_REQUEST_ITEM (object)->record);
  g_free (SIGNET_REQUEST_ITEM (object)->authority_name);

  G_OBJECT_CLASS (signet_request_item_parent_class)->finalize (object);
}

static void
signet_certificate_item_finalize (GObject *object)
{
  signet_certificate_record_free (SIGNET_CERTIFICATE_ITEM (object)->record);

  G_OBJECT_CLASS (signet_certificate_item_parent_class)->finalize (object);
}

static void
signet_key_item_finalize (GObject *object)
{
  signet_key_record_free (SIGNET_KEY_ITEM (object)->record);

  G_OBJECT_CLASS (signet_key_item_parent_class)->finalize (object);
}

static void
signet_item_class_init (SignetItemClass *klass)
{
}

static void
signet_item_init (SignetItem *self)
{
}

static void
signet_authority_item_class_init (SignetAuthorityItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_authority_item_finalize;
}

static void
signet_authority_item_init (SignetAuthorityItem *self)
{
}

static void
signet_request_item_class_init (SignetRequestItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_request_item_finalize;
}

static void
signet_request_item_init (SignetRequestItem *self)
{
}

static void
signet_certificate_item_class_init (SignetCertificateItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_certificate_item_finalize;
}

static void
signet_certificate_item_init (SignetCertificateItem *self)
{
}

static void
signet_key_item_class_init (SignetKeyItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = signet_key_item_finalize;
}

static void
signet_key_item_init (SignetKeyItem *self)
{
}

/**
 * signet_item_get_id:
 * @self: an item
 *
 * Returns: its row in the store
 */
gint64
signet_item_get_id (SignetItem *self)
{
  g_return_val_if_fail (SIGNET_IS_ITEM (self), 0);

  return ((SignetItemPrivate *) signet_item_get_instance_private (self))->id;
}

/**
 * signet_authority_item_get_record:
 * @self: an item
 *
 * Returns: (transfer none): the row as it was read
 */
const SignetAuthorityRecord *
signet_authority_item_get_record (SignetAuthorityItem *self)
{
  g_return_val_if_fail (SIGNET_IS_AUTHORITY_ITEM (self), NULL);

  return self->record;
}

/**
 * signet_request_item_get_record:
 * @self: an item
 *
 * Returns: (transfer none): the row as it was read
 */
const SignetRequestRecord *
signet_request_item_get_record (SignetRequestItem *self)
{
  g_return_val_if_fail (SIGNET_IS_REQUEST_ITEM (self), NULL);

  return self->record;
}

/**
 * signet_request_item_get_authority_name:
 * @self: an item
 *
 * Returns: (transfer none) (nullable): the name of the authority that is asked
 */
const char *
signet_request_item_get_authority_name (SignetRequestItem *self)
{
  g_return_val_if_fail (SIGNET_IS_REQUEST_ITEM (self), NULL);

  return self->authority_name;
}

/**
 * signet_certificate_item_get_record:
 * @self: an item
 *
 * Returns: (transfer none): the row as it was read
 */
const SignetCertificateRecord *
signet_certificate_item_get_record (SignetCertificateItem *self)
{
  g_return_val_if_fail (SIGNET_IS_CERTIFICATE_ITEM (self), NULL);

  return self->record;
}

/**
 * signet_key_item_get_record:
 * @self: an item
 *
 * Returns: (transfer none): the row as it was read
 */
const SignetKeyRecord *
signet_key_item_get_record (SignetKeyItem *self)
{
  g_return_val_if_fail (SIGNET_IS_KEY_ITEM (self), NULL);

  return self->record;
}

/**
 * signet_authority_item_new:
 * @record: (transfer full): a row
 *
 * Returns: (transfer full): its item
 */
SignetItem *
signet_authority_item_new (SignetAuthorityRecord *record)
{
  SignetAuthorityItem *self = g_object_new (SIGNET_TYPE_AUTHORITY_ITEM, NULL);

  self->record = record;
  set_id (self, record->id);

  return SIGNET_ITEM (self);
}

/**
 * signet_request_item_new:
 * @record: (transfer full): a row
 * @authority_name: (nullable): of the authority it names
 *
 * Returns: (transfer full): its item
 */
SignetItem *
signet_request_item_new (SignetRequestRecord *record,
                         const char          *authority_name)
{
  SignetRequestItem *self = g_object_new (SIGNET_TYPE_REQUEST_ITEM, NULL);

  self->record = record;
  self->authority_name = g_strdup (authority_name);
  set_id (self, record->id);

  return SIGNET_ITEM (self);
}

/**
 * signet_certificate_item_new:
 * @record: (transfer full): a row
 *
 * Returns: (transfer full): its item
 */
SignetItem *
signet_certificate_item_new (SignetCertificateRecord *record)
{
  SignetCertificateItem *self = g_object_new (SIGNET_TYPE_CERTIFICATE_ITEM, NULL);

  self->record = record;
  set_id (self, record->id);

  return SIGNET_ITEM (self);
}

/**
 * signet_key_item_new:
 * @record: (transfer full): a row
 *
 * Returns: (transfer full): its item
 */
SignetItem *
signet_key_item_new (SignetKeyRecord *record)
{
  SignetKeyItem *self = g_object_new (SIGNET_TYPE_KEY_ITEM, NULL);

  self->record = record;
  set_id (self, record->id);

  return SIGNET_ITEM (self);
}
