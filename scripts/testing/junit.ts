/** One test that has no tests inside it. */
export type TestCase = {
  /** Names of the groups and of the test, joined by " > ". */
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly seconds: number;
  /** What the report says of a failure; empty otherwise. */
  readonly failure: string;
};

type Element = {
  readonly tag: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
};

/**
 * Tests of one file in Bun's report: groups are nested `testsuite` elements, the outermost named after the file.
 *
 * @throws {SyntaxError} If the text is not a whole XML document.
 */
export function readBunReport(xml: string): TestCase[] {
  const cases: TestCase[] = [];
  const visit = (element: Element, groups: readonly string[]): void => {
    for (const child of element.children) {
      const path = [...groups, child.attributes.get("name") ?? ""];
      if (child.tag === "testcase") cases.push(toCase(child, path.join(" > ")));
      else if (child.tag === "testsuite") visit(child, path);
    }
  };
  for (const file of parseXml(xml).children) visit(file, []);
  return cases;
}

/**
 * Tests of one file in Deno's report. It lists a group as a test beside its members, each with its whole path as
 * name. A group counts only when it failed by itself: in a hook, or in its own body.
 *
 * @throws {SyntaxError} If the text is not a whole XML document.
 */
export function readDenoReport(xml: string): TestCase[] {
  const cases = parseXml(xml).children.flatMap((suite) =>
    suite.children
      .filter((child) => child.tag === "testcase")
      .map((child) => toCase(child, child.attributes.get("name") ?? ""))
  );
  return cases.filter((group) => {
    const members = cases.filter((other) => other.name.startsWith(`${group.name} > `));
    if (members.length === 0) return true;
    return group.outcome === "failed" && !members.some((member) => member.outcome === "failed");
  });
}

function toCase(element: Element, name: string): TestCase {
  const seconds = Number(element.attributes.get("time") ?? 0);
  const failure = element.children.find((child) =>
    child.tag === "failure" || child.tag === "error"
  );
  if (failure !== undefined) {
    const text = failure.text.trim() || failure.attributes.get("message") || "no reason given";
    return { name, outcome: "failed", seconds, failure: text };
  }
  const skipped = element.children.some((child) => child.tag === "skipped");
  return { name, outcome: skipped ? "skipped" : "passed", seconds, failure: "" };
}

const token = /<\?[^>]*\?>|<(\/?)([\w:-]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>|([^<]+)/g;

/** Reads the part of XML that the reports use: elements, attributes, text and entities. */
function parseXml(xml: string): Element {
  const document: Element = { tag: "", attributes: new Map(), children: [], text: "" };
  const open = [document];
  for (const [whole, closing, tag, attributes, empty, text] of xml.matchAll(token)) {
    const parent = open.at(-1) ?? document;
    if (text !== undefined) parent.text += decode(text);
    if (tag === undefined) continue;
    if (closing === "/") {
      if (open.pop()?.tag !== tag) throw new SyntaxError(`Cannot read a report: stray ${whole}`);
      continue;
    }
    const element = { tag, attributes: readAttributes(attributes ?? ""), children: [], text: "" };
    parent.children.push(element);
    if (empty !== "/") open.push(element);
  }
  const top = document.children[0];
  if (open.length !== 1 || top === undefined) {
    throw new SyntaxError("Cannot read a report: it is empty or cut short");
  }
  return top;
}

function readAttributes(text: string): Map<string, string> {
  const pairs = [...text.matchAll(/([\w:-]+)="([^"]*)"/g)];
  return new Map(pairs.map(([, name, value]) => [name ?? "", decode(value ?? "")]));
}

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
};

function decode(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name] ?? whole;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
  });
}
