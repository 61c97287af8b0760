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
DROP="""([needle, props]) => { let n = 0; const walk = (rules) => { for (const r of rules.cssRules) { if (r.selectorText === needle || needle === "*") { for (const p of props) if (r.style?.getPropertyValue(p)) { r.style.removeProperty(p); n++; } } if (r.cssRules?.length) walk(r); } };
 for (const s of document.styleSheets) walk(s); return n; }"""

KILL="""(needle) => { let n = 0; const walk = (rules) => { for (const r of rules.cssRules) { if (r.selectorText?.includes(needle)) { r.selectorText = ".never-xyz"; n++; } if (r.cssRules?.length) walk(r); } };
 for (const s of document.styleSheets) walk(s); return n; }"""
ADD="""(css) => { const s = new CSSStyleSheet(); s.replaceSync(css); document.adoptedStyleSheets = [s]; }"""
C=["container","container-name","container-type"]
def test_x(house, reader):
    house.script(**at_once(m1=[saying(RICH*80)], m2=[endless(PLAIN, 2)]))
    run=house.ask()
    def one(name, *steps):
        page = reader.open(run)
        until(lambda: len(texts(page)["A"]) > 18000, "long")
        page.evaluate(BENCH)
        for js, arg in steps: page.evaluate(js, arg)
        page.evaluate(BENCH)
        c=page.context.new_cdp_session(page); c.send("Performance.enable")
        g=lambda:{x["name"]:x["value"] for x in c.send("Performance.getMetrics")["metrics"]}
        m=g(); r=page.evaluate(BENCH); m2=g()
        print(name, r, {k: round(1000*(m2[k]-m[k])) for k in ("LayoutDuration","RecalcStyleDuration")}, m2["RecalcStyleCount"]-m["RecalcStyleCount"], m2["LayoutCount"]-m["LayoutCount"], flush=True)
    one("all")
    one("no containers", (DROP,["*",C]))
    one("no containers, no has", (DROP,["*",C]), (KILL,":has("))
    one("no containers, no has, no +", (DROP,["*",C]), (KILL,":has("), (KILL,"+ "))
    one("no css", ("() => { for (const s of document.styleSheets) s.disabled = true }", None))
    one("contain scroll", (ADD, ".scroll{contain:layout style paint !important}"))
    one("content-visibility", (ADD, "[data-body]>*{content-visibility:auto !important}"))
    one("no table container, no answers container", (DROP,[".prose .table",C]), (DROP,[".answers",C]))
    page=reader.page
    page.locator("#run-meta .stop").click(); wait_for_end(page)
