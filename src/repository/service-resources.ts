import type { ContainerSpec } from '../model/application.ts';
import type { BlockIo, DeviceValue, ResourceOptions, Ulimit } from '../model/container-options.ts';
import {
  blkioKeys,
  blkioLimitKeys,
  blkioWeightKeys,
  limitsKeys,
  reservationsKeys,
  resourcesKeys,
  ulimitKeys,
} from './compose-nested-keys.ts';
import { parseBytes, parseDuration } from './quantities.ts';
import { boolean, type Cursor, fail, integer, parsed, type Reader, string } from './reader.ts';
import { child, entries, type Fields, fields, list, present } from './reader-collections.ts';

type Resources = ResourceOptions & Pick<ContainerSpec, 'cpus' | 'memoryBytes'>;

/** What a service may use: its own keys, and `deploy.resources`, which says some of it in other words. */
export function readResources(service: Fields): Resources {
  const deploy = service.get('deploy');
  const resourcesAt = deploy && child(deploy, 'resources');
  const resources = resourcesAt && fields(resourcesAt, resourcesKeys);
  const limits = resources?.read('limits', (at) => fields(at, limitsKeys));
  const reservations = resources?.read('reservations', (at) => fields(at, reservationsKeys));
  return {
    cpus: once(service, 'cpus', limits, 'cpus', cpus),
    memoryBytes: once(service, 'mem_limit', limits, 'memory', size),
    ...present({
      pidsLimit: once(service, 'pids_limit', limits, 'pids', signed),
      memoryReservationBytes: once(service, 'mem_reservation', reservations, 'memory', size),
      memorySwapBytes: service.read('memswap_limit', sizeOrAll),
      memorySwappiness: service.read('mem_swappiness', integer(0, 100)),
      oomKillDisable: service.read('oom_kill_disable', boolean),
      oomScoreAdjust: service.read('oom_score_adj', score),
      shmSizeBytes: service.read('shm_size', size),
      ulimits: service.read('ulimits', readUlimits),
      blockIo: service.read('blkio_config', readBlockIo),
      ...readProcessors(service),
    }),
  };
}

const readProcessors = (service: Fields) => ({
  cpuShares: service.read('cpu_shares', integer(2, 262_144)),
  cpuPeriod: service.read('cpu_period', microseconds),
  cpuQuota: service.read('cpu_quota', microseconds),
  cpuRealtimePeriod: service.read('cpu_rt_period', microseconds),
  cpuRealtimeRuntime: service.read('cpu_rt_runtime', microseconds),
  cpuset: service.read(
    'cpuset',
    parsed(
      (text) => (/^\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*$/.test(text) ? text : undefined),
      'processors, for example 0-3 or 0,1',
    ),
  ),
});

/** A value that may stand in two places, and then has to be the same in both. */
function once<T>(service: Fields, key: string, other: Fields | undefined, otherKey: string, reader: Reader<T>): T | undefined {
  const own = service.read(key, reader);
  const second = other?.read(otherKey, reader);
  if (own !== undefined && second !== undefined && own !== second) {
    fail(service.get(key) ?? service.at, `differs from ${other?.at.path}.${otherKey}; say it once`);
  }
  return own ?? second;
}

const cpus = parsed(
  (text) => (/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text) && text.length < 10 ? Number(text) : undefined),
  'a number of processors',
);

/** A size as Compose writes it, in bytes. */
export const size = parsed(parseBytes, 'a size, for example 512m');

const sizeOrAll = parsed((text) => (text === '-1' ? -1 : parseBytes(text)), 'a size, for example 1g, or -1');
const signed = parsed((text) => (/^-?\d{1,9}$/.test(text) && Number(text) >= -1 ? Number(text) : undefined), 'a whole number, or -1');
const score = parsed(
  (text) => (/^-?\d{1,4}$/.test(text) && Math.abs(Number(text)) <= 1000 ? Number(text) : undefined),
  'a whole number from -1000 to 1000',
);

/** A number of microseconds, or a duration. */
const microseconds = parsed((text) => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const milliseconds = parseDuration(text);
  return milliseconds === undefined ? undefined : milliseconds * 1000;
}, 'microseconds, or a duration, for example 50ms');

const limit = parsed((text) => (/^(?:-1|\d{1,15})$/.test(text) ? Number(text) : undefined), 'a whole number, or -1');

/** `nofile: 65535`, or `{ soft, hard }`. */
const readUlimits: Reader<readonly Ulimit[]> = (at) =>
  entries(at).flatMap((entry): readonly Ulimit[] => {
    if (!/^[a-z]{1,20}$/.test(entry.key)) return fail(entry, 'is no limit, such as nofile or memlock', entry.keyPlace) ?? [];
    if (entry.value.kind !== 'map') {
      const both = limit(entry);
      return both === undefined ? [] : [{ name: entry.key, soft: both, hard: both }];
    }
    const found = fields(entry, ulimitKeys);
    const soft = found?.require('soft', limit);
    const hard = found?.require('hard', limit);
    return soft === undefined || hard === undefined ? [] : [{ name: entry.key, soft, hard }];
  });

const readBlockIo: Reader<BlockIo> = (at) => {
  const found = fields(at, blkioKeys);
  const limits = (key: string) =>
    found?.read(
      key,
      list((item) => readDeviceValue(item, fields(item, blkioLimitKeys), 'rate')),
    );
  return (
    found &&
    present({
      weight: found.read('weight', integer(10, 1000)),
      weightDevice: found.read(
        'weight_device',
        list((item) => readDeviceValue(item, fields(item, blkioWeightKeys), 'weight')),
      ),
      readBytes: limits('device_read_bps'),
      readOperations: limits('device_read_iops'),
      writeBytes: limits('device_write_bps'),
      writeOperations: limits('device_write_iops'),
    })
  );
};

function readDeviceValue(_at: Cursor, found: Fields | undefined, key: string): DeviceValue | undefined {
  const path = found?.require('path', string);
  const value = found?.require(key, size);
  return path === undefined || value === undefined ? undefined : { path, value };
}
