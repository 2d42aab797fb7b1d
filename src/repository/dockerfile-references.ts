import { DockerfileParser, type Instruction, type ModifiableInstruction } from 'dockerfile-ast';
import { interpolate } from './interpolation.ts';
import { createIssues } from './issues.ts';

/** A place in a Dockerfile that names an image from outside of it. */
export interface DockerfileReference {
  /** The image with its `${ARG}`s replaced. */
  readonly image: string;
  /** Offsets of what names it in the text. */
  readonly start: number;
  readonly end: number;
}

interface Stage {
  readonly name: string | undefined;
  readonly references: readonly Reference[];
}

/** What one instruction names: an image, or an earlier stage. */
interface Reference extends DockerfileReference {
  /** Index of the stage that it means; undefined for an image. */
  readonly stage: number | undefined;
}

type Arguments = Readonly<Record<string, string>>;

/**
 * The images that FROM, COPY --from and RUN --mount=from name, as far as the stage `target` (the last one without) needs them.
 * Undefined where there is no such stage.
 */
export function dockerfileReferences(
  text: string,
  args: Arguments,
  target: string | undefined,
): readonly DockerfileReference[] | undefined {
  const stages = readStages(text, args);
  const goal = target === undefined ? stages.length - 1 : stageIndex(target, stages, stages.length);
  if (goal === undefined || goal < 0) return undefined;
  const needed = new Set([goal]);
  for (const index of needed) for (const { stage } of stages[index]?.references ?? []) if (stage !== undefined) needed.add(stage);
  return [...needed].flatMap((index) => stages[index]?.references ?? []).filter(({ stage }) => stage === undefined);
}

function readStages(text: string, args: Arguments): readonly Stage[] {
  const dockerfile = DockerfileParser.parse(text);
  const froms = dockerfile.getFROMs();
  const offsetAt = offsets(text);
  const variables = new Map<string, string>();
  const stages: { name: string | undefined; references: Reference[] }[] = [];
  const add = (written: string | null, start: Position | undefined, end: Position | undefined): void => {
    if (!written || start === undefined || end === undefined) return;
    const image = expand(written, variables);
    if (image === undefined) return;
    const from = stages.at(-1);
    from?.references.push({ image, stage: stageIndex(image, stages, stages.length - 1), start: offsetAt(start), end: offsetAt(end) });
  };
  for (const argument of dockerfile.getInitialARGs()) setArgument(argument.getProperty(), args, variables);
  for (const instruction of instructionsOf(dockerfile)) {
    const keyword = instruction.getKeyword();
    if (keyword === 'FROM') {
      const from = froms[stages.length];
      stages.push({ name: from?.getBuildStage()?.toLowerCase(), references: [] });
      const range = from?.getImageRange();
      add(from?.getImage() ?? null, range?.start, range?.end);
    } else if ((keyword === 'COPY' || keyword === 'RUN') && stages.length > 0) {
      for (const { written, start, end } of flagReferences(instruction as ModifiableInstruction)) add(written, start, end);
    }
  }
  return stages;
}

interface Position {
  readonly line: number;
  readonly character: number;
}

interface FlagReference {
  readonly written: string;
  readonly start: Position;
  readonly end: Position;
}

/** `--from=IMAGE` and `--mount=…,from=IMAGE`. */
function flagReferences(instruction: ModifiableInstruction): readonly FlagReference[] {
  return instruction.getFlags().flatMap((flag) => {
    const value = flag.getValue();
    const range = flag.getValueRange();
    if (value === null || range === null) return [];
    if (flag.getName() === 'from') return [{ written: value, start: range.start, end: range.end }];
    const option = flag.getName() === 'mount' ? /(?:^|,)from=([^,]+)/.exec(value) : null;
    const written = option?.[1];
    if (option === null || written === undefined) return [];
    const character = range.start.character + option.index + option[0].length - written.length;
    const { line } = range.start;
    return [{ written, start: { line, character }, end: { line, character: character + written.length } }];
  });
}

interface ArgumentProperty {
  getName(): string;
  getValue(): string | null;
}

function setArgument(property: ArgumentProperty | null, args: Arguments, variables: Map<string, string>): void {
  if (property === null) return;
  const name = property.getName();
  const value = Object.hasOwn(args, name) ? args[name] : expand(property.getValue() ?? undefined, variables);
  if (value !== undefined) variables.set(name, value);
}

/** Undefined where a variable has no value here: what the engine makes of it is no image of ours. */
function expand(text: string | undefined, variables: ReadonlyMap<string, string>): string | undefined {
  if (text === undefined) return undefined;
  const lookup = (name: string) => {
    const value = variables.get(name);
    return value === undefined ? undefined : { text: value };
  };
  return interpolate(text, lookup, { file: '', line: 1, column: 1 }, createIssues());
}

/** A stage among the first `before` by name or number. */
function stageIndex(name: string, stages: readonly Pick<Stage, 'name'>[], before: number): number | undefined {
  const byName = stages.findLastIndex((stage, index) => index < before && stage.name === name.toLowerCase());
  if (byName !== -1) return byName;
  return /^[0-9]{1,4}$/.test(name) && Number(name) < before ? Number(name) : undefined;
}

/** The library's types leave this method out. */
const instructionsOf = (dockerfile: object): readonly Instruction[] =>
  (dockerfile as { getInstructions(): Instruction[] }).getInstructions();

/** The library counts lines as editors do: `\r\n`, `\n` and `\r` end one. */
function offsets(text: string): (position: Position) => number {
  const starts = [0, ...[...text.matchAll(/\r\n|\n|\r/g)].map((match) => match.index + match[0].length)];
  return ({ line, character }) => (starts[line] ?? text.length) + character;
}
