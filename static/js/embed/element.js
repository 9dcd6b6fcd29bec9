// The map for pages of other sites, served as /embed.js:
//
//   <script async src="https://map.example/embed.js"></script>
//   <volunteer-map unit="220@2022" urgency="4"><a href="https://map.example/">…</a></volunteer-map>
//
// Attributes are the parameters of /embed. The frame comes when the reader is near it, and is as high
// as it asks to be; what stands inside the element stays below it. A plain script: it must run
// anywhere, and tells by its own address where the map is.
{
  const ORIGIN = new URL(document.currentScript.src).origin;
  const NAMES = [
    "category", "urgency", "unit", "q", "place", "lang", "teams", "people", "lat", "lng", "zoom",
    "list", "legend", "theme", "height",
  ];
  const HEIGHT = { least: 240, most: 2000, first: 600 }; // pixels
  const NEAR = "300px"; // above or below what is seen

  class VolunteerMap extends HTMLElement {
    #frame = null;
    #hear = (event) => this.#listen(event);

    connectedCallback() {
      addEventListener("message", this.#hear);
      if (this.#frame) return;
      this.style.display ||= "block";
      this.#frame = this.#create();
      this.prepend(this.#frame);
      new IntersectionObserver(([entry], observer) => {
        if (!entry.isIntersecting) return;
        observer.disconnect();
        this.#frame.src = this.#address();
      }, { rootMargin: NEAR }).observe(this.#frame);
    }

    disconnectedCallback() {
      removeEventListener("message", this.#hear);
    }

    #create() {
      const frame = document.createElement("iframe");
      frame.title = this.getAttribute("title") || this.textContent.trim() || new URL(ORIGIN).host;
      Object.assign(frame.style, { width: "100%", border: "0", display: "block" });
      this.#grow(frame, Number(this.getAttribute("height")) || HEIGHT.first);
      return frame;
    }

    #address() {
      const asked = new URLSearchParams();
      for (const name of NAMES) if (this.hasAttribute(name)) asked.set(name, this.getAttribute(name));
      return `${ORIGIN}/embed?${asked}`;
    }

    /** Only the map's own window, and only while it shows a page of the map. */
    #listen({ source, origin, data }) {
      if (!this.#frame || source !== this.#frame.contentWindow || origin !== ORIGIN) return;
      if (data?.volunteerMap === "ready") source.postMessage({ volunteerMap: "hello" }, ORIGIN);
      if (data?.volunteerMap === "height") this.#grow(this.#frame, data.height);
    }

    #grow(frame, height) {
      if (!Number.isFinite(height)) return;
      frame.style.height = `${Math.min(HEIGHT.most, Math.max(HEIGHT.least, height))}px`;
    }
  }

  if (!customElements.get("volunteer-map")) customElements.define("volunteer-map", VolunteerMap);
}
