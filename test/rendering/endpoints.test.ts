import test from 'ava';
import type { ContainerSpec } from '../../src/model/application.ts';
import type { ContainerRecord } from '../../src/model/host.ts';
import { addressOf, endpointsOf, type Reader } from '../../src/rendering/endpoints.ts';
import { container, host, network, port, service } from './declarations.ts';

const here: Reader = { host: 'web-1', networks: [network], hostNetwork: false };
const elsewhere: Reader = { ...here, host: 'web-2' };
const published = (over: object = {}) => [{ target: 8080, protocol: 'tcp', published: 32768, hostIp: '0.0.0.0', ...over }];

interface Case {
  readonly reader: Reader;
  readonly record?: Partial<ContainerRecord>;
  readonly spec?: Partial<ContainerSpec>;
  readonly expected: object;
  readonly ip?: string | null;
}

const reaches = (title: string, { reader, record = {}, spec = {}, expected, ip = '172.18.0.2' }: Case) =>
  test(title, (t) => {
    const { networks, ports } = container('production-shop-web-1', record);
    const member = { networks, ports, name: 'web', index: 1, healthy: true, stranger: false, host: host('web-1') };
    t.deepEqual(JSON.parse(JSON.stringify(endpointsOf(member, service('web', { spec }), reader))), expected);
    t.is(addressOf(member, reader) ?? null, ip);
  });

const direct = { '8080': { address: '172.18.0.2', port: 8080 } };
const byHost = { '8080': { address: 'web-1.example.com', port: 32768 } };

reaches('on one host and network it is the container itself', { reader: here, record: { ports: published() }, expected: direct });
reaches('from another host it is the published port', { reader: elsewhere, record: { ports: published() }, expected: byHost });
reaches('on one host without a common network it is the published port', {
  reader: { ...here, networks: ['other'] },
  record: { ports: published() },
  expected: byHost,
});
reaches('a declared port needs no publishing on a common network', { reader: here, spec: { ports: [port(8080)] }, expected: direct });
reaches('an exposed port needs no publishing on a common network', { reader: here, spec: { expose: ['8080/tcp'] }, expected: direct });
reaches('a range of exposed ports is each of them', {
  reader: here,
  spec: { expose: ['8080-8081'] },
  expected: { ...direct, '8081': { address: '172.18.0.2', port: 8081 } },
});
reaches('what is not published is absent from another host', { reader: elsewhere, spec: { expose: ['8080'] }, expected: {} });
reaches('a port published on the loopback address is absent from another host', {
  reader: elsewhere,
  record: { ports: published({ hostIp: '127.0.0.1' }) },
  expected: {},
});
reaches('a port published on one address is reached there', {
  reader: elsewhere,
  record: { ports: published({ hostIp: '10.1.1.1' }) },
  expected: { '8080': { address: '10.1.1.1', port: 32768 } },
});
reaches('of the IPv4 and IPv6 entries of one publication one is taken', {
  reader: elsewhere,
  record: { ports: [...published({ hostIp: '::' }), ...published()] },
  expected: byHost,
});
reaches('a reader on its host’s network reaches containers of that host directly', {
  reader: { host: 'web-1', networks: [], hostNetwork: true },
  record: { ports: published() },
  expected: direct,
});
reaches('a container on its host’s network is reached at the host, on its own port', {
  reader: here,
  record: { networks: { host: { ip: '' } } },
  spec: { expose: ['8080'] },
  expected: { '8080': { address: 'web-1.example.com', port: 8080 } },
  ip: 'web-1.example.com',
});
reaches('the address is the one on the common network', {
  reader: here,
  record: { networks: { aaa: { ip: '10.0.0.9' }, [network]: { ip: '172.18.0.2' } }, ports: published() },
  expected: direct,
});
reaches('a container without an address has no direct endpoint', {
  reader: here,
  record: { networks: { [network]: { ip: '' } }, ports: published() },
  expected: {},
  ip: null,
});
