import test from 'ava';
import type { Application, Service } from '../../src/model/application.ts';
import type { ComposeContainer, HostRecord } from '../../src/model/host.ts';
import type { FileToInstall } from '../../src/model/step.ts';
import { adoptionIssues, withAdoptable } from '../../src/planning/adoption.ts';
import { anonymousVolumeIssues } from '../../src/planning/anonymous-volumes.ts';
import { containersOf } from '../../src/planning/containers-of.ts';
import { knownTerms, leavingOf } from '../../src/planning/leaving.ts';
import { type Plan, plan } from '../../src/planning/plan.ts';
import { application, container, host, service, spec } from '../support/builders.ts';
import { desiredOf, type GivenFiles } from '../support/desired-replicas.ts';
import { applyWave } from '../support/simulate.ts';

const adopts = { file: 'environments/staging.yaml', line: 1, column: 1 };
const adopting = (services: readonly Service[], over: Partial<Application> = {}): Application =>
  application(services, { project: 'shop', adopts, ...over });

const network = { name: 'shop_default', aliases: [] };
const ofShop = (name: string, over: Partial<Service> = {}): Service => service({ name, spec: spec({ networks: [network] }), ...over });

/** What Compose runs for `service`, exactly as `ofShop` declares it unless the test says otherwise. */
function composed(
  name: string,
  number = 1,
  over: Partial<ComposeContainer> = {},
  is: Partial<ReturnType<typeof spec>> = {},
): ComposeContainer {
  const labels = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': name };
  const {
    environment: _,
    app: __,
    index: ___,
    spec: ____,
    configs: _____,
    ...facts
  } = container({
    id: `compose-${name}-${number}`,
    name: `shop-${name}-${number}`,
    labels,
  });
  const image = {
    command: undefined,
    entrypoint: undefined,
    environment: {},
    labels: {},
    expose: [],
    healthcheck: undefined,
    user: undefined,
    workingDir: undefined,
    stopSignal: undefined,
    volumes: [],
  };
  const observed = {
    spec: spec({ labels, networks: [{ name: 'shop_default', aliases: [name] }], ...is }),
    image,
    beyond: [],
    anonymous: {},
  };
  return { ...facts, service: name, project: 'shop', number, observed, ...over };
}

const file: FileToInstall = { source: 'a', target: '/etc/a', hash: `sha256:${'a'.repeat(64)}`, size: 1, mode: 0o644, uid: 0, gid: 0 };

function planOf(app: Application, raw: readonly HostRecord[], given: GivenFiles = {}): Plan {
  const hosts = withAdoptable([app], raw);
  const environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
  const loaded = { environment, names: [app.name], applications: [app] };
  const leaving = leavingOf({ loaded, app: app.name, hosts, terms: knownTerms });
  return plan({ application: app, hosts, desired: desiredOf(app, hosts, given), builds: [], leaving });
}

const printed = ({ differences }: Plan): string[] => differences.map(({ kind, name, reason }) => `${kind} ${name} (${reason})`);

/** Runs waves until nothing is due; what each did, and the hosts at the end. */
function converge(
  app: Application,
  hosts: readonly HostRecord[],
  given: GivenFiles = {},
): { waves: string[][]; hosts: readonly HostRecord[] } {
  const waves: string[][] = [];
  let now = hosts;
  for (let round = 0; round < 20; round++) {
    const { wave } = planOf(app, now, given);
    if (wave.length === 0) return { waves, hosts: now };
    waves.push(wave.map(({ kind, name }) => `${kind} ${name}`));
    now = applyWave(now, wave);
  }
  throw new Error(`never ends: ${JSON.stringify(waves.slice(-3))}`);
}

test('what is as declared is adopted, what is not is recreated with the reason, and then nothing is due', (t) => {
  const app = adopting([ofShop('db'), ofShop('web')]);
  const hosts = [host({ compose: [composed('db'), composed('web', 1, {}, { restart: 'always' })] })];
  t.deepEqual(printed(planOf(app, hosts)), [
    'adopt-container staging-shop-db-1 (Compose started it as shop-db-1, and it is as declared)',
    'recreate-container staging-shop-web-1 (restart: always → no)',
  ]);
  const { waves, hosts: after } = converge(app, hosts);
  t.deepEqual(waves, [
    ['adopt-container staging-shop-db-1', 'recreate-container staging-shop-web-1'],
    ['remove-container staging-shop-web-1'],
  ]);
  const [one] = after;
  t.deepEqual(one?.compose, []);
  t.is(one?.containers.find(({ name }) => name === 'staging-shop-db-1')?.id, 'compose-db-1', 'the same container');
  t.is(one?.containers.length, 2);
});

test('what was stopped is adopted, and the plan says that it is started', (t) => {
  const hosts = [host({ compose: [composed('db', 1, { state: 'exited', exitCode: 137 })] })];
  t.deepEqual(printed(planOf(adopting([ofShop('db')]), hosts)), [
    'adopt-container staging-shop-db-1 (Compose started it as shop-db-1, and it is as declared; it is exited, and is started then)',
  ]);
});

test('what has its new name already was named by windlass, not by Compose', (t) => {
  const hosts = [host({ compose: [composed('db', 1, { name: 'staging-shop-db-1' })] })];
  t.deepEqual(printed(planOf(adopting([ofShop('db')]), hosts)), [
    'adopt-container staging-shop-db-1 (Compose started it, and it is as declared)',
  ]);
});

test('every step that touches a Compose container claims it first', (t) => {
  const app = adopting([ofShop('web')]);
  const [step] = planOf(app, [host({ compose: [composed('web', 1, {}, { restart: 'always' })] })]).wave;
  if (step?.kind !== 'recreate-container') return t.fail(step?.kind);
  t.is(step.current, 'compose-web-1');
  t.deepEqual(step.claims, [
    {
      container: 'compose-web-1',
      project: 'shop',
      name: 'staging-shop-web-1',
      labels: {
        'windlass.environment': 'staging',
        'windlass.app': 'shop',
        'windlass.service': 'web',
        'windlass.index': '1',
        'windlass.spec': 'adopted',
      },
    },
  ]);
});

test('without adopt, of another project, or of a service nobody declares: a Compose container is left alone', (t) => {
  const compose = [composed('web')];
  t.deepEqual(planOf(application([ofShop('web')], { project: 'shop' }), [host({ compose })]).wave[0]?.kind, 'recreate-container');
  t.is(planOf(application([ofShop('web')], { project: 'shop' }), [host({ compose })]).differences.length, 1);
  for (const other of [composed('web', 1, { project: 'shop2' }), composed('cache')]) {
    const { waves, hosts } = converge(adopting([ofShop('web')]), [host({ compose: [other] })]);
    t.deepEqual(waves, [['recreate-container staging-shop-web-1']]);
    t.deepEqual(hosts[0]?.compose, [other]);
  }
});

test('what an agent forgot is adopted again, under the name that it has by then', (t) => {
  const app = adopting([ofShop('web', { replicas: 2 })]);
  const forgotten = [composed('web', 3, { name: 'staging-shop-web-3' }), composed('web', 1, { name: 'staging-shop-web-1' })];
  const { waves, hosts } = converge(app, [host({ compose: forgotten })]);
  t.deepEqual(waves[0], ['adopt-container staging-shop-web-1', 'recreate-container staging-shop-web-2']);
  t.false(
    hosts[0]?.containers.some(({ id }) => id === 'compose-web-3'),
    'the third replica is one too many',
  );
});

test('replicas keep their numbers where they can, and fill the gaps where they cannot', (t) => {
  const app = adopting([ofShop('web', { replicas: 3 })]);
  const compose = [composed('web', 2), composed('web', 5), composed('web', 7)];
  const [mapped] = withAdoptable([app], [host({ compose })]);
  t.deepEqual(
    mapped?.containers.map(({ id, index }) => `${id} ${index}`),
    ['compose-web-2 2', 'compose-web-5 1', 'compose-web-7 3'],
  );
});

test('more replicas than declared: the rest goes at the end, claimed like the others', (t) => {
  const app = adopting([ofShop('web')]);
  const { waves } = converge(app, [host({ compose: [composed('web', 1), composed('web', 2)] })]);
  t.deepEqual(waves, [['adopt-container staging-shop-web-1'], ['remove-container shop-web-2']]);
});

test('an adopted container gets its config files pushed, unless they belong to its making', (t) => {
  const app = adopting([ofShop('web')]);
  const hosts = [host({ compose: [composed('web')] })];
  t.deepEqual(printed(planOf(app, hosts, { files: [file] })), [
    'adopt-container staging-shop-web-1 (Compose started it as shop-web-1, and it is as declared)',
    'push-config staging-shop-web-1 (a changed)',
  ]);
  t.deepEqual(converge(app, hosts, { files: [file] }).waves, [['adopt-container staging-shop-web-1'], ['push-config staging-shop-web-1']]);
  const immutable = printed(planOf(app, hosts, { files: [file], configuration: 'x' }));
  t.deepEqual(immutable, [
    'recreate-container staging-shop-web-1 (config files: put in when a container is made (policy: immutable, or action: recreate))',
  ]);
});

test('an adopted container is recreated once its declaration changes, and is an ordinary one from then on', (t) => {
  const before = converge(adopting([ofShop('web')]), [host({ compose: [composed('web')] })]).hosts;
  const changed = adopting([ofShop('web', { spec: spec({ networks: [network], restart: 'always' }) })]);
  t.deepEqual(printed(planOf(changed, before)), ['recreate-container staging-shop-web-1 (restart: no → always)']);
  const { hosts } = converge(changed, before);
  t.is(hosts[0]?.containers[0]?.observed, undefined);
  t.is(hosts[0]?.containers[0]?.labels['com.docker.compose.project'], 'shop');
});

test('an image that moved, another image and one that windlass builds are told apart', (t) => {
  const here = host({ compose: [composed('web')], images: [{ id: 'sha256:new', tags: ['busybox:latest'] }] });
  t.deepEqual(printed(planOf(adopting([ofShop('web')]), [here])), [
    'recreate-container staging-shop-web-1 (image: busybox:latest → busybox:latest, which has moved)',
  ]);
  const other = adopting([ofShop('web', { image: { kind: 'external', reference: 'nginx:1.27' } })]);
  t.deepEqual(printed(planOf(other, [host({ compose: [composed('web')] })])), [
    'recreate-container staging-shop-web-1 (image: busybox:latest → nginx:1.27)',
  ]);
  const built = adopting([ofShop('web', { image: { kind: 'built', name: 'web', tag: 'latest' } })]);
  t.deepEqual(printed(planOf(built, [host({ compose: [composed('web')] })])), [
    'recreate-container staging-shop-web-1 (image: busybox:latest → web:latest as windlass builds it)',
  ]);
});

test('a job that Compose has run is done, not run again', (t) => {
  const app = adopting([
    ofShop('migrate', { job: true }),
    ofShop('web', { dependsOn: [{ service: 'migrate', condition: 'service_completed_successfully' }] }),
  ]);
  const ran = composed('migrate', 1, { state: 'exited', exitCode: 0, ready: false });
  const { waves } = converge(app, [host({ compose: [ran, composed('web')] })]);
  t.deepEqual(waves, [['adopt-container staging-shop-migrate-1', 'adopt-container staging-shop-web-1']]);
});

test('a stopped one is adopted and started', (t) => {
  const down = composed('web', 1, { state: 'exited', exitCode: 0, ready: false }, { restart: 'always' });
  const app = adopting([ofShop('web', { spec: spec({ networks: [network], restart: 'always' }) })]);
  t.deepEqual(converge(app, [host({ compose: [down] })]).waves, [
    ['adopt-container staging-shop-web-1'],
    ['recreate-container staging-shop-web-1'],
  ]);
});

test('one project has one owner', (t) => {
  const app = adopting([ofShop('web')]);
  const held = container({ environment: 'production', labels: { 'com.docker.compose.project': 'shop' } });
  t.regex(
    adoptionIssues(app, [app], [host({ containers: [held] })])[0]?.message ?? '',
    /the Compose project shop is production\/shop's already/,
  );
  const other = adopting([ofShop('web')], { name: 'blog' });
  t.regex(adoptionIssues(app, [app, other], [host()])[0]?.message ?? '', /is blog's already/);
  t.deepEqual(adoptionIssues(app, [app], [host({ containers: [container({ labels: { 'com.docker.compose.project': 'shop' } })] })]), []);
});

test('a volume is never left behind for an empty one because adopt came or went', (t) => {
  const withData = (project: string) => {
    const mounts = [
      {
        type: 'volume' as const,
        source: `${project}_data`,
        target: '/data',
        readOnly: false,
        tmpfsSizeBytes: undefined,
        tmpfsMode: undefined,
      },
    ];
    return ofShop('web', { spec: spec({ mounts }) });
  };
  const gone = application([withData('staging-shop')]);
  const running = [host({ containers: [container({ labels: { 'com.docker.compose.project': 'shop' } })] })];
  t.regex(
    adoptionIssues(gone, [gone], running)[0]?.message ?? '',
    /has its data in volume shop_data .* put "adopt: shop" back into environments\/staging.yaml/,
  );
  const came = adopting([withData('shop')]);
  const ours = [host({ containers: [container({ labels: { 'com.docker.compose.project': 'staging-shop' } })] })];
  t.regex(adoptionIssues(came, [came], ours)[0]?.message ?? '', /has its data in volume staging-shop_data .* take "adopt" back out/);
  t.deepEqual(adoptionIssues(came, [came], running), []);
});

test('data in a volume without a name is not left behind: a person decides', (t) => {
  const volume = 'f'.repeat(64);
  const data = {
    type: 'volume' as const,
    source: undefined,
    target: '/data',
    readOnly: false,
    tmpfsSizeBytes: undefined,
    tmpfsMode: undefined,
  };
  const one = composed('web', 1, {}, { mounts: [data] });
  const anonymous = {
    ...one,
    observed: { ...one.observed, anonymous: { '/data': volume }, image: { ...one.observed.image, volumes: ['/data'] } },
  };
  const issuesOf = (app: Application) => {
    const hosts = withAdoptable([app], [host({ compose: [anonymous] })]);
    const desired = [...desiredOf(app, hosts).values()].flat();
    return desired.flatMap((found) => anonymousVolumeIssues(found, containersOf(app, 'web', hosts), hosts)).map(({ message }) => message);
  };
  t.deepEqual(issuesOf(adopting([ofShop('web')])), [], 'it stays');
  const changed = spec({ networks: [network], restart: 'always' });
  t.regex(
    issuesOf(adopting([ofShop('web', { spec: changed })]))[0] ?? '',
    /shop-web-1 has to be made again \(restart: no → always\) and has data in a volume without a name at \/data/,
  );
  const named = spec({ networks: [network], mounts: [{ ...data, source: volume }] });
  t.deepEqual(issuesOf(adopting([ofShop('web', { spec: named })])), [], 'the new one mounts the same');
});
