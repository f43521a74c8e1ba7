// Export: asks whether the file can be made, and then lets the browser fetch it.
(() => {
  const { id, element, get, make, set, tell } = syllabary;

  const open = () => { focusFormat(); return true; };

  const focusFormat = () => {
    const menu = element("EXPORT_FORMAT");
    if (menu) menu.focus(); else requestAnimationFrame(focusFormat);
  };

  const download = async (_clicks, format, setup) => {
    const url = `${setup.media}/export/${format}`;
    try {
      await get(`${url}?check=1`);
    } catch (error) {
      tell(error.message);
      return "";
    }
    set("EXPORT_DIALOG", { is_open: false });
    const link = make("a", "", { href: url, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
    return url;
  };

  const pressed = (event) => {
    if (event.key === "Enter" && event.target.id === id.EXPORT_NAME) element("EXPORT_SAVE").click();
    if (event.key === "Enter" && event.target.id === id.EXPORT_FORMAT) element("EXPORT_DOWNLOAD").click();
  };
  document.addEventListener("keydown", pressed);

  window.dash_clientside = Object.assign({}, window.dash_clientside, { exporting: { open, download } });
})();
