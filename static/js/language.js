// The switch of languages leads to the page as it is now: scripts change the address after loading.
export function start(link) {
  const named = new URL(link.href).searchParams.has("lang"); // the site's own language has no name
  const keeps = new Set(link.dataset.keeps.split(" ")); // what this page reads of its address
  const isKept = (part) => part && !part.startsWith("lang=") && (keeps.has("*") || keeps.has(part.split("=")[0]));
  const follow = () => {
    const asked = location.search.slice(1).split("&").filter(isKept);
    if (named) asked.push(`lang=${link.hreflang}`);
    link.href = location.pathname + (asked.length ? `?${asked.join("&")}` : "") + location.hash;
  };
  for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, follow);
}
