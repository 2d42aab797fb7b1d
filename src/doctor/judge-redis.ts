import type { Finding } from '../model/documents.ts';
import { findingsOf, isAtLeast } from './finding.ts';

/** What a server says of itself. */
export type RedisFacts =
  | { readonly state: 'away'; readonly reason: string }
  | {
      readonly state: 'there';
      /** The lines of INFO. */
      readonly info: ReadonlyMap<string, string>;
      /** Why a key could not be written and read again; undefined: it could. */
      readonly writeError: string | undefined;
      /** As CONFIG GET says; undefined where that is not allowed. */
      readonly appendfsync: string | undefined;
    };

/** Whether the server may keep what windlass must not lose. */
export function judgeRedis(facts: RedisFacts): readonly Finding[] {
  const { ok, wrong } = findingsOf('redis', 'Redis');
  if (facts.state === 'away') {
    return [
      wrong(
        facts.reason,
        'see WINDLASS_REDIS_URL and whether that server runs; without the setting windlass runs one of its own (apt-get install redis-server)',
      ),
    ];
  }
  const write =
    facts.writeError === undefined
      ? ok('a key was written, read and removed')
      : wrong(`it takes no writes: ${facts.writeError}`, 'see its log, its disk and its maxmemory; a replica takes none at all');
  return [...judgeServer(facts.info), ...judgePersistence(facts.info, facts.appendfsync), ...judgeMemory(facts.info), write];
}

function judgeServer(info: ReadonlyMap<string, string>): readonly Finding[] {
  const { ok, wrong } = findingsOf('redis', 'Redis');
  const name = info.get('server_name') ?? 'redis';
  const version = info.get(`${name}_version`) ?? info.get('redis_version') ?? 'unknown';
  const findings = [
    isAtLeast(version, '6.2')
      ? ok(`${name} ${version}`)
      : wrong(`${name} ${version} is too old`, 'install Redis 6.2 or newer, or any Valkey'),
  ];
  if (info.get('role') === 'slave') findings.push(wrong('it is a replica', 'give WINDLASS_REDIS_URL the primary'));
  if (info.get('loading') === '1') findings.push(wrong('it is still loading its data', 'wait until it has'));
  return findings;
}

function judgePersistence(info: ReadonlyMap<string, string>, appendfsync: string | undefined): readonly Finding[] {
  const { ok, advice, wrong } = findingsOf('redis', 'Redis');
  if (info.get('aof_enabled') !== '1') {
    return [
      wrong(
        'it does not keep an append-only file: accepted pushes are lost with it',
        'set "appendonly yes" in redis.conf, and now: CONFIG SET appendonly yes',
      ),
    ];
  }
  const failed = ['aof_last_write_status', 'aof_last_bgrewrite_status', 'rdb_last_bgsave_status'].filter(
    (key) => (info.get(key) ?? 'ok') !== 'ok',
  );
  if (failed.length > 0)
    return [wrong(`it could not write its data to disk (${failed.join(', ')})`, 'see its log and whether its disk is full')];
  if (appendfsync === 'no' || appendfsync === 'everysec') {
    const lost = appendfsync === 'no' ? 'pushes accepted in the last half minute or so' : 'pushes accepted in the last second or two';
    return [
      advice(
        `it answers before its file is synced (appendfsync ${appendfsync}): ${lost} are lost if its machine goes down`,
        'set "appendfsync always" in redis.conf, and now: CONFIG SET appendfsync always',
      ),
    ];
  }
  return [ok(`append-only${appendfsync === undefined ? '' : ', synced at every write'}`)];
}

function judgeMemory(info: ReadonlyMap<string, string>): readonly Finding[] {
  const { ok, advice, wrong } = findingsOf('redis', 'Redis');
  const policy = info.get('maxmemory_policy') ?? 'noeviction';
  if (policy !== 'noeviction') {
    return [
      wrong(
        `it throws keys away when its memory is full (maxmemory-policy ${policy})`,
        'set "maxmemory-policy noeviction" in redis.conf, and now: CONFIG SET maxmemory-policy noeviction',
      ),
    ];
  }
  const limit = Number(info.get('maxmemory') ?? 0);
  const share = limit > 0 ? Number(info.get('used_memory') ?? 0) / limit : 0;
  const used = `${Math.round(share * 100)} % of its maxmemory is used`;
  if (share > 0.85)
    return [
      wrong(`${used}: pushes are refused from 85 % on`, 'give it more (CONFIG SET maxmemory), or look for keys that are not windlass:*'),
    ];
  if (share > 0.7) return [advice(used, 'give it more before 85 %, from where on pushes are refused')];
  return [ok(`evicts nothing${limit > 0 ? `; ${used}` : '; no maxmemory'}`)];
}
