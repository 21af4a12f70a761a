/*
 * asking.h - how the SCPs and RCPs of a baseline are asked, for the gate and for who-can.
 *
 * Layer:  engine; for gate.c and who_can.c.
 */
#ifndef PLINTH_ENGINE_ASKING_H
#define PLINTH_ENGINE_ASKING_H

#include "plinth/baseline/baseline.h"
#include "plinth/policy/evaluate.h"

#include <stdbool.h>

/* Stands for an account whose id is not known. */
extern const char asking_some_account[];

/* A setting of a control as text, or what it is by default; `account` NULL: of the organization.
 * NULL: the control is off, or has no such setting.  yields: no. */
const char *asking_setting(const struct baseline *baseline, const struct account *account,
                           const char *control, const char *key);

/* All that is asked stays within the organization: which it is matters only where a policy says
 * one. `known` or one that stands for it; NULL: it matters and is not known.  yields: no. */
const char *asking_organization(const struct baseline *baseline, const char *known);

/* What a request tells besides its action, resource and region: TLS, and that no service stands
 * between; of the rest what is set here. */
struct asking_facts {
    const char *organization; /* of principal and resource; NULL: not known */
    bool assumed_root;        /* by sts:AssumeRoot */
    bool no_mfa;              /* known to be without */
    bool grant;               /* of KMS, for an AWS resource */
};

/* Ask; the keys of `request` are set here.  yields: no. */
void asking_evaluate(const struct policy_attached *over, const struct policy_request *request,
                     const struct asking_facts *facts, struct policy_answer *out);

#endif
