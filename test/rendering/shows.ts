import test from 'ava';
import { type RenderInput, renderService } from '../../src/rendering/service-files.ts';
import { constant, container, file, host, input, network, port, service } from './declarations.ts';

/** Renders one template for the reader of `given`. */
export function render(text: string, given: RenderInput) {
  const { files, issues, secrets } = renderService({ ...given, service: { ...given.service, configs: [file(text)] } });
  const [rendered] = files;
  const messages = issues.map((issue) => `${issue.file}:${issue.line}:${issue.column}: ${issue.message}`);
  return { text: rendered && new TextDecoder().decode(rendered.bytes), reads: rendered?.reads, messages, secrets };
}

/** A test that the template gives `expected`, and reads just `reads` where it says so. */
export const shows = (title: string, given: Parameters<typeof input>[0], text: string, expected: string, reads?: readonly string[]) =>
  test(title, (t) => {
    const rendered = render(text, input(given));
    t.deepEqual(rendered.messages, []);
    t.is(rendered.text, expected);
    if (reads !== undefined) t.deepEqual(rendered.reads, reads);
  });

/** A test that the template has these issues and no others. */
export const refuses = (title: string, given: Parameters<typeof input>[0], text: string, ...expected: readonly string[]) =>
  test(title, (t) => t.deepEqual(render(text, input(given)).messages, expected));

/** A container of it, by index, with the port that its host publishes. */
export const web = (index: number, ip: string, published: number) =>
  container(`production-shop-web-${index}`, {
    networks: { [network]: { ip } },
    ports: [{ target: 8080, protocol: 'tcp', published, hostIp: '0.0.0.0' }],
  });
/** Three on two hosts, each with 8080 published. */
export const webService = service('web', {
  replicas: 3,
  spec: { environment: { PORT: '8080' }, ports: [port(8080), port(9090, 9091)] },
  variables: { weight: constant(10) },
});
export const twoHosts = [
  host('web-2', [web(2, '172.18.0.3', 32002)]),
  host('web-1', [web(3, '172.18.0.4', 32003), web(1, '172.18.0.2', 32001)]),
];
