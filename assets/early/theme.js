// Runs before anything is painted: light or dark, as remembered, or as the system has it.
(() => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const remembered = () => {
    try { return localStorage.getItem("syllabary-theme"); } catch { return null; }
  };
  const apply = () => root.setAttribute("data-bs-theme", remembered() || (system.matches ? "dark" : "light"));

  system.addEventListener("change", apply);
  apply();
})();
