"""Texts that try to become script: every way out of a context times every way to run.

Made by rule, so that the list is ours and says what it covers. What they would run sets MARK in
the window; `tests/browser/test_hostile_texts.py` (every page) and `tests/db/test_hostile_forms.py`
(every answer to a form) look for it, and for their elements in the page.
"""

from itertools import product

MARK = "daChay"  # the property of `window` that a payload would set
RUN = f"window.{MARK}=1"

# Ways out of where a text may stand: an element, an attribute, a script, a comment, a style.
EXITS = (
    "",
    '">',
    "'>",
    "`>",
    "</textarea>",
    "</title>",
    "</script>",
    "</option></select>",
    "--><!---->",
    "]]>",
    "</style>",
    "\\u0022\\u003e",
)
# Ways to run.
RUNS = (
    f"<script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f'<script src="data:text/javascript,{RUN}"></script>',
    f"<img src=x onerror={RUN}>",
    f'<img src="x" ONERROR="{RUN}">',
    f"<img/src/onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<details open ontoggle={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<iframe srcdoc='<script>parent.{MARK}=1</script>'></iframe>",
    f"<iframe src=javascript:parent.{MARK}=1></iframe>",
    f"<video><source onerror={RUN}></video>",
    f"<math><mtext><img src=x onerror={RUN}></mtext></math>",
    f"<style onload={RUN}></style>",
    f"<link rel=stylesheet href=data:text/css, onload={RUN}>",
    f"<object data=javascript:{RUN}></object>",
    f"<form><button autofocus formaction=javascript:{RUN} onfocus={RUN}>x</button></form>",
    f"<a href=javascript:{RUN} autofocus onfocus={RUN}>x</a>",
    f"<marquee onstart={RUN}>x</marquee>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f'x" onmouseover="{RUN}" onfocus="{RUN}" autofocus="',
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"${{{RUN}}}",
)

ALL = tuple(exit_ + run for exit_, run in product(EXITS, RUNS))
# A dozen that between them hold every exit, and no way to run twice.
FEW = tuple(EXITS[number] + RUNS[number * 2 % len(RUNS)] for number in range(len(EXITS)))

# Elements and attributes that only a payload that got through would have made.
TRACES = """mark => [...document.querySelectorAll('*')].filter(element =>
  (element.localName === 'script' && element.textContent.includes(mark)) ||
  [...element.attributes].some(attribute =>
    attribute.value.includes(mark) && (attribute.name.startsWith('on') ||
      /^(javascript|data):/i.test(attribute.value.trim()) || attribute.name === 'srcdoc'))
).map(element => element.outerHTML.slice(0, 200))"""
# The same of a text that is parsed, and not shown.
PARSED = f"""([html, mark]) => {{
  const document = new DOMParser().parseFromString(html, 'text/html');
  return ({TRACES})(mark);
}}"""
