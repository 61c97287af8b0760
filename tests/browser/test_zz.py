from tests.browser.words import *
from tests.browser.reader import *
BENCH="""() => {
  const target = document.querySelector("[data-body=A]"), tail = target.querySelector(".tail");
  const t0 = performance.now();
  for (let i = 0; i < 20; i++) { const p = document.createElement("p"); p.textContent = "x" + i; target.insertBefore(p, tail); tail.textContent = "y" + i; getComputedStyle(p).color; target.closest(".scroll").scrollHeight; }
  const append = (performance.now() - t0) / 20;
  const t1 = performance.now();
  for (let i = 0; i < 20; i++) { tail.textContent = i % 2 ? "" : "yy" + i; getComputedStyle(tail).color; target.closest(".scroll").scrollHeight; }
  return [append.toFixed(2), ((performance.now() - t1) / 20).toFixed(2)];
}"""
KILL="""(needle) => { let n = 0; const walk = (rules) => { for (const r of rules.cssRules) { if (r.selectorText?.includes(needle)) { r.selectorText = ".never-xyz"; n++; } if (r.cssRules?.length) walk(r); } };
 for (const s of document.styleSheets) walk(s); return n; }"""
def test_x(house, reader):
    house.script(**at_once(m1=[saying(RICH*80)], m2=[endless(PLAIN, 2)]))
    run=house.ask()
    for needle in ["nothing-at-all", ".col:has(.failure)", ".run:not(:has(.matrix", ".run:has(#speed", ":has(", ".prose > * + *", ".prose > :first-child", ":first-child", "+ "]:
        page = reader.open(run)
        until(lambda: len(texts(page)["A"]) > 18000, "long")
        page.evaluate(BENCH)
        n=page.evaluate(KILL, needle); page.evaluate(BENCH); print(needle, n, page.evaluate(BENCH), flush=True)
    page.locator("#run-meta .stop").click(); wait_for_end(page)
