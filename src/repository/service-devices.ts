import type { ContainerOptions, Device, DeviceRequest } from '../model/container-options.ts';
import { deviceKeys, deviceRequestKeys } from './compose-nested-keys.ts';
import { type Cursor, fail, parsed, quote, type Reader, string } from './reader.ts';
import { child, type Fields, fields, list, present } from './reader-collections.ts';
import { readLabels } from './service-process.ts';

type Devices = Pick<ContainerOptions, 'devices' | 'deviceCgroupRules' | 'deviceRequests'>;

/** `devices`, `device_cgroup_rules`, `gpus` and the devices that `deploy.resources.reservations` asks for. */
export function readDevices(service: Fields): Devices {
  const deploy = service.get('deploy');
  const resources = deploy && child(deploy, 'resources');
  const reservations = resources && child(resources, 'reservations');
  const reserved = reservations && child(reservations, 'devices');
  const requests = [...(service.read('gpus', readGpus) ?? []), ...((reserved && list(readRequest)(reserved)) ?? [])];
  return present({
    devices: service.read('devices', list(readDevice)),
    deviceCgroupRules: service.read('device_cgroup_rules', list(readRule)),
    deviceRequests: requests.length > 0 ? requests : undefined,
  });
}

const isPath = (text: string): boolean => text.startsWith('/') && !text.includes('\0');

/** `/dev/ttyUSB0[:/dev/tty[:rwm]]`, or the long form. */
const readDevice: Reader<Device> = (at) => {
  if (at.value.kind === 'map') return readLongDevice(at);
  const text = string(at);
  if (text === undefined) return undefined;
  const [source = '', second, third, ...more] = text.split(':');
  const permissions = third ?? (second !== undefined && isPermissions(second) ? second : undefined);
  const target = second === undefined || second === permissions ? source : second;
  return device(at, { source, target, permissions: permissions ?? 'rwm' }, more.length === 0, text);
};

function readLongDevice(at: Cursor): Device | undefined {
  const found = fields(at, deviceKeys);
  const source = found?.require('source', string);
  if (found === undefined || source === undefined) return undefined;
  const target = found.read('target', string) ?? source;
  return device(at, { source, target, permissions: found.read('permissions', string) ?? 'rwm' }, true, source);
}

const isPermissions = (text: string): boolean => /^[rwm]{1,3}$/.test(text);

function device(at: Cursor, found: Device, isWhole: boolean, written: string): Device | undefined {
  if (isWhole && isPath(found.source) && isPath(found.target) && isPermissions(found.permissions)) return found;
  // CDI names (vendor.com/class=name) have no path.
  return fail(at, `must be /dev/SOURCE[:/dev/TARGET[:rwm]], not ${quote(written)}`);
}

const readRule = parsed(
  (text) => (/^[abc] (?:\d+|\*):(?:\d+|\*) [rwm]{1,3}$/.test(text) ? text : undefined),
  'TYPE MAJOR:MINOR PERMISSIONS, for example c 189:* rmw',
);

/** `all`, or a list of requests, each for GPUs. */
const readGpus: Reader<readonly DeviceRequest[]> = (at) => {
  if (at.value.kind !== 'list') {
    const text = string(at);
    if (text === undefined || text === 'all') return text === undefined ? undefined : [{ count: -1, capabilities: ['gpu'] }];
    return fail(at, `must be all or a list, not ${quote(text)}`);
  }
  return list((item) => readRequestOf(item, ['gpu']))(at);
};

const readRequest: Reader<DeviceRequest> = (at) => readRequestOf(at, undefined);

function readRequestOf(at: Cursor, capability: readonly string[] | undefined): DeviceRequest | undefined {
  const found = fields(at, deviceRequestKeys);
  const given = capability === undefined ? found?.require('capabilities', list(string)) : found?.read('capabilities', list(string));
  if (found === undefined || (given === undefined && capability === undefined)) return undefined;
  const ids = found.read('device_ids', list(string));
  const count = found.read('count', deviceCount);
  if (ids !== undefined && count !== undefined) return fail(at, 'has both count and device_ids; write one of them');
  return {
    capabilities: [...new Set([...(capability ?? []), ...(given ?? [])])],
    ...present({
      driver: found.read('driver', string),
      // Compose asks for all of them where nothing is said.
      count: ids === undefined ? (count ?? -1) : undefined,
      ids,
      options: found.read('options', readLabels),
    }),
  };
}

const deviceCount = parsed((text) => (text === 'all' ? -1 : /^\d{1,4}$/.test(text) ? Number(text) : undefined), 'a number or all');
