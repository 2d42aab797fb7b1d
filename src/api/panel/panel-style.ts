/** The panel's one style sheet: light or dark as the reader has it. */
export const style = `:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --paper: #fff; --ink: #1c2430; --quiet: #5b6675; --line: #dfe3e8; --accent: #0b63ce;
  --good: #17783c; --busy: #0b63ce; --warn: #8a5a00; --bad: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c; --paper: #1a2029; --ink: #e4e8ee; --quiet: #97a3b3; --line: #2c3542; --accent: #6cb0ff;
    --good: #5fcf8c; --busy: #6cb0ff; --warn: #e6b450; --bad: #ff8a80;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header {
  display: flex; justify-content: space-between; align-items: center; padding: 12px 24px;
  background: var(--paper); border-bottom: 1px solid var(--line);
}
.home { display: flex; gap: 8px; align-items: center; font-weight: 650; color: var(--ink); text-decoration: none; }
main { max-width: 1200px; margin: 0 auto; padding: 24px; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 8px; padding: 16px 20px; margin-bottom: 20px; }
section.narrow { max-width: 400px; margin: 10vh auto 0; }
h1 { font-size: 20px; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 0 0 8px; }
h3 { font-size: 14px; margin: 16px 0 4px; }
p { margin: 4px 0 8px; }
a { color: var(--accent); }
code, pre { font: 13px/1.45 ui-monospace, monospace; }
.about, time { color: var(--quiet); }
.message { overflow-wrap: anywhere; }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14px; }
th { text-align: left; font-weight: 600; color: var(--quiet); padding: 4px 16px 4px 0; white-space: nowrap; }
td { padding: 6px 16px 6px 0; border-top: 1px solid var(--line); vertical-align: top; min-width: 5em; }
td time, td code, td a { white-space: nowrap; }
pre {
  margin: 8px 0 0; padding: 12px; background: var(--ground); border: 1px solid var(--line);
  border-radius: 6px; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere;
}
pre.said { border-left: 3px solid var(--warn); }
pre.log { max-height: 75vh; overflow-y: auto; }
.log i { font-style: normal; color: var(--quiet); }
.log b { font-weight: 500; color: var(--accent); }
.badge {
  display: inline-block; padding: 0 8px; margin: 0 6px 0 2px; border: 1px solid; border-radius: 10px;
  font-size: 12px; font-weight: 600; line-height: 18px; white-space: nowrap; color: var(--quiet);
}
.deployed, .succeeded, .ready { color: var(--good); }
.deploying, .building, .running, .queued { color: var(--busy); }
.held, .frozen, .awaiting-approval, .rolled-back, .undone { color: var(--warn); }
.failed, .lost { color: var(--bad); }
label { display: block; margin: 12px 0 4px; font-weight: 600; }
input {
  width: 100%; padding: 8px 10px; font: inherit; color: inherit; background: var(--ground);
  border: 1px solid var(--line); border-radius: 6px;
}
button {
  margin-top: 12px; padding: 7px 16px; font: inherit; font-weight: 600; color: var(--paper);
  background: var(--accent); border: 0; border-radius: 6px; cursor: pointer;
}
button.quiet { margin: 0; padding: 4px 10px; font-weight: 400; color: var(--quiet); background: none; border: 1px solid var(--line); }
`;

/** A drum with its rope. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#0b63ce" stroke-width="2" stroke-linecap="round">
<rect x="5" y="4" width="14" height="8" rx="1.5"/><path d="M2 8h3M19 8h3M9 4v8M15 4v8M12 12v5"/><path d="M12 17a2.2 2.2 0 1 1-2.2 2.2"/>
</svg>
`;
