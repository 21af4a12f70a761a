// iam_simulate_differential.mjs DRIVER [CASES [SEED]] - the evaluator beside iam-simulate, which
// nobody of us wrote: generated policies of every kind, generated requests, the same answers.
//
// PLINTH_NODE_MODULES is where the package is (tests/package.json pins it); without it, or with
// another version, the test is skipped.  Where the two are known to differ, and why, is in
// docs/evaluator.md; those cases are recognized here by what the policy says, counted, and nothing
// else may differ.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const pinned = JSON.parse(readFileSync(join(here, '../package.json'))).dependencies
const name = '@cloud-copilot/iam-simulate'

function skip(why) {
  console.log(`skipped: ${why}`)
  process.exit(77)
}

async function load() {
  const modules = process.env.PLINTH_NODE_MODULES
  if (!modules) skip('PLINTH_NODE_MODULES is not set')
  let version
  try {
    version = JSON.parse(readFileSync(join(modules, name, 'package.json'))).version
  } catch {
    skip(`${modules} has no ${name}`)
  }
  if (version !== pinned[name]) skip(`${name} is ${version} and not ${pinned[name]}`)
  return import(pathToFileURL(join(modules, name, 'dist/esm/index.js')))
}

// --- Made up --------------------------------------------------------------------------------------

const driver = process.argv[2]
const cases = Number(process.argv[3] ?? 21000)
let seed = Number(process.argv[4] ?? 20261124)

function below(bound) {
  // mulberry32
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) % bound
}
const pick = (list) => list[below(list.length)]
const some = (list, most) =>
  Array.from({ length: 1 + below(most) }, () => pick(list)).filter((x, i, all) => all.indexOf(x) === i)
const maybeList = (list) => (list.length === 1 && below(2) ? list[0] : list)

const account = '111122223333', other = '444455556666'
const principals = [
  `arn:aws:iam::${account}:user/joe`,
  `arn:aws:sts::${account}:assumed-role/admin/me`,
  `arn:aws:iam::${account}:root`
]
const asks = [
  ['s3:GetObject', 'arn:aws:s3:::b/joe/x'],
  ['s3:ListAllMyBuckets', '*'],
  ['iam:CreateUser', `arn:aws:iam::${account}:user/x`],
  ['guardduty:CreateDetector', '*'],
  ['sqs:SendMessage', `arn:aws:sqs:eu-west-1:${account}:q`],
  ['secretsmanager:GetSecretValue', `arn:aws:secretsmanager:eu-west-1:${account}:secret:s-abcdef`]
]
const actions = ['*', 's3:*', 's3:Get*', 'S3:getobject', 's3:?etObject', 's3:List*', 'iam:*', 'iam:CreateUser',
  'guardduty:*', 'guardduty:Create*', 'sqs:*', 'sqs:Send*', 'secretsmanager:*', 'ec2:*']
const guarded = ['s3:*', 's3:Get*', 'sqs:*', 'secretsmanager:GetSecretValue', 'sts:*']
const resources = ['*', 'arn:aws:s3:::b/*', 'arn:aws:s3:::b/${aws:username}/*', 'arn:aws:s3:::b/???/x', 'arn:aws:s3:::c*',
  `arn:aws:iam::${account}:user/*`, 'arn:aws:sqs:*:*:q', 'arn:aws:secretsmanager:*:*:secret:s-*']

const texts = {
  'aws:SourceVpc': ['vpc-1', 'vpc-2', 'VPC-1', 'vpc-*', 'vpc-?', '*'],
  'aws:PrincipalTag/team': ['red', 'blue', 'RED', 'r*', '${aws:username}'],
  'aws:RequestedRegion': ['eu-west-1', 'us-east-1', 'eu-*'],
  'aws:UserAgent': ['cli', 'cli*', '*cli*i*', '${aws:PrincipalTag/team}']
}
const values = {
  'aws:SourceVpc': ['vpc-1', 'vpc-3'],
  'aws:PrincipalTag/team': ['red', 'joe', 'blue'],
  'aws:RequestedRegion': ['eu-west-1', 'us-east-1', 'ap-south-1'],
  'aws:UserAgent': ['cli', 'red', 'xcliyi'],
  'aws:SourceIp': ['10.1.2.3', '192.0.2.7', '2001:db8::1'],
  'aws:CurrentTime': ['2026-11-24T14:17:21Z', '2025-01-01T00:00:00Z'],
  'aws:MultiFactorAuthAge': ['10', '3600', '3599'],
  'aws:SecureTransport': ['true', 'false'],
  'aws:SourceArn': ['arn:aws:sns:eu-west-1:111122223333:t', 'arn:aws:s3:::b']
}
const many = {
  'aws:TagKeys': ['a', 'b', 'c'],
  'aws:CalledVia': ['athena.amazonaws.com', 'cloudformation.amazonaws.com', 'x.amazonaws.com']
}

const comparisons = ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals']

function oneCondition() {
  const ifExists = below(4) === 0 ? 'IfExists' : ''
  switch (below(9)) {
    case 0:
    case 1: {
      const key = pick(Object.keys(texts))
      const op = pick(['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike',
        'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'])
      return [op + ifExists, key, maybeList(some(texts[key], 3))]
    }
    case 2:
      return [pick(['IpAddress', 'NotIpAddress']) + ifExists, 'aws:SourceIp',
        maybeList(some(['10.0.0.0/8', '192.0.2.0/24', '10.1.2.3', '2001:db8::/32', '0.0.0.0/0'], 2))]
    case 3:
      return ['Date' + pick(comparisons) + ifExists, 'aws:CurrentTime',
        pick(['2026-11-24T14:17:21Z', '2026-01-01T00:00:00Z', '1735689600'])]
    case 4:
      return ['Numeric' + pick(comparisons) + ifExists, 'aws:MultiFactorAuthAge', pick(['10', '3600', '100'])]
    case 5:
      return ['Bool' + ifExists, pick(['aws:SecureTransport', 'aws:PrincipalIsAWSService']), pick(['true', 'false'])]
    case 6: {
      const key = pick(['aws:SourceArn', 'aws:PrincipalArn'])
      return [pick(['ArnLike', 'ArnEquals', 'ArnNotLike', 'ArnNotEquals']) + ifExists, key,
        maybeList(some(['arn:aws:sns:*:*:t', 'arn:aws:s3:::*', 'arn:*:iam::*:role/admin', 'arn:aws:iam::111122223333:user/j?e',
          'arn:aws:*:t'], 2))]
    }
    case 7:
      return ['Null', pick([...Object.keys(values), 'aws:TagKeys']), pick(['true', 'false'])]
    default: {
      const key = pick(Object.keys(many))
      const op = pick(['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'])
      return [pick(['ForAllValues:', 'ForAnyValue:']) + op + ifExists, key,
        maybeList(some([...many[key], 'a*'], 2))]
    }
  }
}

function conditions() {
  const all = {}
  for (let left = 1 + below(2); left > 0; left--) {
    const [op, key, list] = oneCondition()
    all[op] = { ...all[op], [key]: list }
  }
  return all
}

function statement(kind, effect) {
  const made = { Effect: effect }
  if (kind === 'resource')
    made.Principal = pick(['*', { AWS: account }, { AWS: `arn:aws:iam::${account}:user/joe` },
      { AWS: `arn:aws:iam::${account}:role/admin` }, { AWS: principals[1] }, { AWS: other }])
  if (kind === 'rcp') made.Principal = '*'
  if (kind === 'rcp') made.Action = maybeList(some(guarded, 3))
  else made[below(4) === 0 ? 'NotAction' : 'Action'] = maybeList(some(actions, 3))
  const resourceKey = below(5) === 0 ? 'NotResource' : 'Resource'
  made[resourceKey] = below(2) ? '*' : maybeList(some(resources, 3))
  if (kind === 'resource') made[resourceKey] = maybeList(some(resources.filter((r) => r === '*' || r.includes('s3')), 2))
  if (below(2)) made.Condition = conditions()
  return made
}

function policy(kind) {
  const statements = []
  if (kind !== 'rcp' && kind !== 'resource' && below(3)) statements.push({ Effect: 'Allow', Action: '*', Resource: '*' })
  for (let left = 1 + below(3); left > 0; left--)
    statements.push(statement(kind, kind === 'rcp' || below(3) === 0 ? 'Deny' : 'Allow'))
  return { Version: '2012-10-17', Statement: statements }
}

const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }
const policies = (kind, most) => Array.from({ length: below(most + 1) }, () => policy(kind))

function question() {
  const [action, resource] = pick(asks)
  const principal = pick(principals)
  const keys = {}
  for (const key of Object.keys(values)) keys[key] = below(3) ? [pick(values[key])] : []
  for (const key of Object.keys(many)) keys[key] = below(3) ? some(many[key], 2) : []
  const session = principal.includes('assumed-role')
  const s3 = action === 's3:GetObject'
  keys['aws:PrincipalArn'] = [session ? `arn:aws:iam::${account}:role/admin` : principal]
  keys['aws:PrincipalAccount'] = [account]
  keys['aws:PrincipalIsAWSService'] = ['false']
  keys['aws:username'] = principal.includes(':user/') ? ['joe'] : []
  return {
    principal, action, resource, keys,
    resourceAccount: s3 && below(4) === 0 ? other : account,
    scps: Array.from({ length: below(4) }, () => [policy('scp'), ...policies('scp', 1)]),
    rcps: Array.from({ length: below(2) }, () => [policy('rcp')]),
    // A root user needs no policy in its account; there, it is given one.
    identity: principal.endsWith(':root') ? [everything] : policies('identity', 2),
    boundary: !principal.endsWith(':root') && below(5) === 0 ? [policy('identity')] : [],
    session: session && below(5) === 0 ? [policy('identity')] : [],
    ...(s3 && below(2) ? { resourcePolicy: policy('resource') } : {})
  }
}

// --- Asked ----------------------------------------------------------------------------------------

const named = (list) => list.map((policy, i) => ({ name: `p${i}`, policy }))
const levels = (list) => list.map((level, i) => ({ orgIdentifier: `level${i}`, policies: named(level) }))

async function theirs(library, q) {
  const contextVariables = {}
  for (const [key, list] of Object.entries(q.keys))
    if (list.length > 0) contextVariables[key] = key in many ? list : list[0]
  const answer = await library.runSimulation({
    request: {
      principal: q.principal, action: q.action, contextVariables,
      resource: { resource: q.resource, accountId: q.resourceAccount }
    },
    identityPolicies: named(q.identity),
    serviceControlPolicies: levels(q.scps),
    resourceControlPolicies: levels(q.rcps),
    ...(q.boundary.length ? { permissionBoundaryPolicies: named(q.boundary) } : {}),
    ...(q.session.length ? { sessionPolicy: q.session[0] } : {}),
    ...(q.resourcePolicy ? { resourcePolicy: q.resourcePolicy } : {})
  }, {})
  if (answer.errors) return JSON.stringify(answer.errors)
  return answer.overallResult === 'Allowed' ? 'allowed' : 'denied'
}

// What docs/evaluator.md explains: [name, does the question have it].
const absent = (q, key) => (q.keys[key] ?? []).length === 0
const known = [
  ['a variable without a value', (q, text) =>
    [...text.matchAll(/\$\{([^}]*)\}/g)].some((found) => absent(q, found[1]))],
  ['an ARN without six parts', (q, text) => text.includes('"arn:aws:*:t"')],
  ['an IPv6 address beside IPv4 ranges', (q, text) =>
    q.keys['aws:SourceIp'][0]?.includes(':') && text.includes('NotIpAddress')],
  ['a date in seconds', (q, text) => text.includes('"1735689600"')],
  ['an address range of /0', (q, text) => text.includes('0.0.0.0/0')],
  ['ForAnyValue with IfExists on an absent key', (q, text) =>
    /ForAnyValue:\w*IfExists/.test(text) && Object.keys(many).some((key) => absent(q, key))]
]

const library = await load()
const questions = Array.from({ length: cases }, question)
const lines = questions.map((q) => JSON.stringify(q) + '\n').join('')
const answers = execFileSync(driver, { input: lines, maxBuffer: 1 << 30 })
  .toString().trim().split('\n').map((line) => JSON.parse(line))
const same = { allowed: 0, denied: 0 }, explained = {}
let differ = 0
for (const [i, q] of questions.entries()) {
  const ours = answers[i].outcome ?? answers[i].error
  const want = await theirs(library, q)
  const reason = known.find(([, has]) => has(q, JSON.stringify(q)))
  if (ours === want) same[ours]++
  else if (reason) explained[reason[0]] = (explained[reason[0]] ?? 0) + 1
  else if (differ++ < 3) console.log(`ours ${ours}, iam-simulate ${want}: ${answers[i].text}\n${JSON.stringify(q)}`)
}
console.log(`iam-simulate: ${cases} compared, ${same.allowed} allowed and ${same.denied} denied by both, ` +
  `explained ${JSON.stringify(explained)}, ${differ} differ`)
process.exit(differ > 0 || same.allowed === 0 || same.denied === 0 ? 1 : 0)
