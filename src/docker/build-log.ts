import { StringDecoder } from 'node:string_decoder';

/** Lines of a BuildKit build as people read them, made from dockerode's messages. */
export interface BuildLog {
  /** One `stream` text of followProgress. */
  add(text: string): void;
  /** Hands on what is there of an unfinished line. */
  end(): void;
}

/** dockerode 5.0.1 hands RUN output on as base64, several lines or part of one at a time; everything else holds a space or a colon. */
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const transferred = /: \d+% \(\d+\/\d+\)$/;

/** Each line once: BuildKit repeats a step's name whenever the step's state is told. */
export function createBuildLog(onLine: (line: string) => void): BuildLog {
  const decoder = new StringDecoder('utf8');
  const told = new Set<string>();
  let partial = '';
  const flush = () => {
    if (partial !== '') onLine(partial);
    partial = '';
  };
  const addOutput = (output: string) => {
    const lines = (partial + output).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) onLine(line.replace(/\r$/, ''));
  };
  return {
    add: (text) => {
      const line = text.trimEnd();
      if (line !== '' && base64.test(line)) return addOutput(decoder.write(Buffer.from(line, 'base64')));
      if (line === '' || told.has(line) || transferred.test(line)) return;
      told.add(line);
      flush();
      onLine(readable(line));
    },
    end: () => {
      partial += decoder.end();
      flush();
    },
  };
}

function readable(line: string): string {
  const warning = line.match(/^WARNING: (\S+)$/)?.[1];
  if (warning !== undefined && base64.test(warning)) return `WARNING: ${Buffer.from(warning, 'base64').toString()}`;
  return line.replace(/^\[sha256:[0-9a-f]+\] /, '');
}
