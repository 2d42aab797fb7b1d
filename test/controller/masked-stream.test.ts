import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import test from 'ava';
import fc from 'fast-check';
import { maskedStream } from '../../src/controller/masked-stream.ts';

const through = (chunks: readonly (string | Buffer)[], ...secrets: string[]) =>
  maskedStream(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), secrets);

test('a secret that a container prints is masked, wherever its output is cut into pieces', async (t) => {
  const printed = 'starting\npassword=Pässw0rd!\nkey: MIIEvQIBADANBg\ndone';
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat({ max: Buffer.byteLength(printed) })), async (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), Buffer.byteLength(printed)];
      const chunks = at.slice(1).map((end, i) => Buffer.from(printed).subarray(at[i], end));
      const shown = await text(through(chunks, 'Pässw0rd!', '-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----'));
      return shown === 'starting\npassword=[secret]\nkey: [secret]\ndone';
    }),
  );
  t.pass();
});

test('bytes that are no text pass as they are, and so does everything where there is no secret', async (t) => {
  const bytes = Buffer.from([0xff, 0x00, 0xc3, 0x0a, 0xfe]);
  t.deepEqual(await buffer(through([bytes], 'hunter2!')), bytes);
  t.deepEqual(await buffer(through([bytes])), bytes);
});

test('a line that does not end is not kept, nor is a secret at the place where it is cut let through', async (t) => {
  const piece = `${'x'.repeat(1021)}hunter2`;
  const shown = await text(
    through(
      Array.from({ length: 200 }, () => piece),
      'hunter2',
    ),
  );
  t.is(shown, `${'x'.repeat(1021)}[secret]`.repeat(200));
  const endless = new PassThrough();
  const masked = maskedStream(endless, ['hunter2']);
  endless.write('x'.repeat(200_000));
  const [first] = (await masked.take(1).toArray()) as Buffer[];
  t.true((first?.length ?? 0) > 100_000);
});
