// The switch of languages leads to the page as it is now: scripts change the address after loading.
export function start(link) {
  const code = link.hreflang;
  const follow = () => {
    const address = new URL(location.href);
    const served = new URL(link.href);
    if (served.searchParams.has("lang")) address.searchParams.set("lang", code);
    else address.searchParams.delete("lang");
    link.href = address.href;
  };
  for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, follow);
}
