#include "baseline_digest.h"

#include "plinth/base/buf.h"
#include "plinth/base/limits.h"
#include "plinth/baseline/baseline.h"

#include <string.h>

/* With its length, so that no two baselines can spell the same bytes. */
static void put_text(struct buf *out, const char *text)
{
    if (text == NULL)
        buf_str(out, "-;");
    else
        buf_printf(out, "%zu:%s;", strlen(text), text);
}

static void put_strings(struct buf *out, const struct strings *strings)
{
    buf_printf(out, "strings %zu;", strings->count);
    for (size_t i = 0; i < strings->count; i++)
        put_text(out, strings->items[i]);
}

static void put_pairs(struct buf *out, const struct pairs *pairs)
{
    buf_printf(out, "pairs %zu;", pairs->count);
    for (size_t i = 0; i < pairs->count; i++) {
        put_text(out, pairs->items[i].key);
        put_text(out, pairs->items[i].value);
    }
}

/* Its depth is bounded by LIMIT_YAML_DEPTH. */
static void put_node(struct buf *out, const struct node *node)
{
    if (node == NULL) {
        put_text(out, NULL);
        return;
    }
    buf_printf(out, "node %d %d %zu;", (int)node->type, node->quoted, node->count);
    if (node->type == NODE_SCALAR)
        put_text(out, node->text);
    for (size_t i = 0; node->type != NODE_SCALAR && i < node->count; i++) {
        if (node->type == NODE_MAP)
            put_text(out, node->keys[i]->text);
        put_node(out, node->items[i]);
    }
}

static void put_contact(struct buf *out, const struct contact *contact)
{
    if (contact == NULL) {
        put_text(out, NULL);
        return;
    }
    buf_str(out, "contact;");
    put_text(out, contact->name);
    put_text(out, contact->title);
    put_text(out, contact->email);
    put_text(out, contact->phone);
}

static void put_contacts(struct buf *out, const struct contacts *contacts)
{
    if (contacts == NULL) {
        put_text(out, NULL);
        return;
    }
    put_contact(out, contacts->billing);
    put_contact(out, contacts->operations);
    put_contact(out, contacts->security);
}

static void put_account(struct buf *out, const struct account *account)
{
    put_text(out, account->name);
    put_text(out, account->email);
    put_text(out, account->id);
    put_text(out, account->ou == NULL ? NULL : account->ou->path);
    buf_printf(out, "roles %u;", account->roles);
    put_pairs(out, &account->tags);
    put_contacts(out, account->contacts);
    put_node(out, account->controls);
}

static void put_policy(struct buf *out, const struct baseline_policy *policy)
{
    put_text(out, policy->name);
    put_text(out, policy->description);
    put_text(out, policy->type->key);
    put_text(out, policy->content);
    for (size_t i = 0; i < policy->attachment_count; i++) {
        const struct attachment *attachment = &policy->attachments[i];

        buf_printf(out, "at %d;", attachment->root);
        put_text(out, attachment->ou == NULL ? NULL : attachment->ou->path);
        put_text(out, attachment->account == NULL ? NULL : attachment->account->name);
    }
}

int baseline_digest(const struct baseline *baseline, char out[SHA256_HEX_BYTES], struct err *err)
{
    struct buf text;
    bool fits;

    buf_init(&text, LIMIT_JSON_BYTES);
    put_text(&text, baseline->name);
    put_text(&text, baseline->home_region);
    put_strings(&text, &baseline->regions);
    put_text(&text, baseline->organization.member_role);
    put_strings(&text, &baseline->organization.trusted_access);
    put_pairs(&text, &baseline->organization.delegated_administrators);
    put_contacts(&text, baseline->organization.contacts);
    put_strings(&text, &baseline->policy_types);
    for (size_t i = 0; i < baseline->ou_count; i++) {
        put_text(&text, baseline->ous[i].path);
        put_pairs(&text, &baseline->ous[i].tags);
        put_node(&text, baseline->ous[i].controls);
    }
    for (size_t i = 0; i < baseline->account_count; i++)
        put_account(&text, &baseline->accounts[i]);
    for (size_t i = 0; i < baseline->policy_count; i++)
        put_policy(&text, &baseline->policies[i]);
    put_node(&text, baseline->controls);
    fits = !text.overflow;
    sha256_hex(buf_text(&text), text.len, out);
    buf_fini(&text);
    return fits ? 0 : err_set(err, ERR_LIMIT, "the baseline is too large for a plan file");
}
