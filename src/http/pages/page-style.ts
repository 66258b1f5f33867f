/** The style of every page for people. It follows the light or dark setting of the reader's system. */
export const pageStyle = `
:root { color-scheme: light dark; --line: light-dark(#d9dee5, #333a45); --soft: light-dark(#f4f6f9, #1b2027);
  --ink: light-dark(#1c2430, #dde3ea); --quiet: light-dark(#5b6675, #98a3b3);
  --link: light-dark(#0b57c2, #7db2ff); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 2rem 1.25rem 6rem; color: var(--ink);
  background: light-dark(#fff, #12161b); font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
h1 { font-size: 2rem; margin: 0 0 .5rem; } h1 small { color: var(--quiet); font-size: 1rem;
  font-weight: 400; }
h2 { margin: 3rem 0 .5rem; } h3 { margin: 0 0 .5rem; font-size: 1.2rem; } h3 a { color: inherit; }
h4 { margin: 1.25rem 0 .4rem; font-size: .8rem; letter-spacing: .06em; text-transform: uppercase;
  color: var(--quiet); }
p { margin: .4rem 0; } code, pre { font: .875em/1.5 ui-monospace, monospace; }
nav { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem;
  margin-top: 1.5rem;
  padding: 1rem 1.25rem; background: var(--soft); border-radius: .6rem; }
nav h2 { font-size: .95rem; margin: 0; } nav ul { list-style: none; margin: .3rem 0 0; padding: 0;
  font-size: .92rem; }
section { margin: 1rem 0; padding: 1.25rem; border: 1px solid var(--line); border-radius: .6rem; }
section:target { border-color: var(--link); }
.call b { display: inline-block; min-width: 4.4rem; padding: .1rem .5rem; border-radius: .35rem;
  text-align: center;
  font: 600 .8rem/1.6 ui-monospace, monospace; color: #fff; }
.get { background: #2166c8; } .post { background: #1d7a46; } .put { background: #9a5b00; }
  .delete { background: #b3261e; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .4rem .8rem .4rem 0; border-top: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { white-space: nowrap; font-weight: 500; } td p { margin: 0 0 .3rem; } i { color: var(--quiet);
  font-style: normal; }
pre { margin: 0; padding: .8rem 1rem; overflow-x: auto; background: var(--soft); border-radius: .4rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem;
  margin: .75rem 0; }
.tiles div { padding: .7rem 1rem; background: var(--soft); border-radius: .6rem; }
.tiles dt { font-size: .85rem; color: var(--quiet); }
.tiles dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
.list th { border: 0; font-size: .85rem; color: var(--quiet); } .list td { white-space: nowrap; }
.list .url, .form .url { white-space: normal; overflow-wrap: anywhere; }
summary { margin-top: 1.25rem; cursor: pointer; color: var(--quiet); }
.problem { color: light-dark(#b3261e, #ff8a80); }
.form { max-width: 30rem; margin: 12vh auto 0; } form { display: flex; gap: .5rem; margin: 1rem 0; }
input, button { padding: .55rem .8rem; border: 1px solid var(--line); border-radius: .4rem; font: inherit; }
input { flex: 1; min-width: 0; } button { background: var(--link); color: light-dark(#fff, #0d1117);
  cursor: pointer; }
@media (max-width: 40rem) { .list { display: block; overflow-x: auto; } .list .url { min-width: 14rem; }
  table:not(.list) tr { display: block; padding: .5rem 0; border-top: 1px solid var(--line); }
  :not(.list) > tbody > tr > :is(th, td) { display: block; border: 0; padding: 0; white-space: normal; overflow-wrap: anywhere; } }
`
