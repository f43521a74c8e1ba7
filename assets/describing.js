// The group that is looked at: its name, colour and note in a dialog, and another group merged into it.
(() => {
  const { id, element, set, tell } = syllabary;
  const nothing = () => window.dash_clientside.no_update;

  // The group that the viewer shows, or else that of the clicked sound.
  const current = (view, sound) => {
    const { now } = syllabary.project, [step, ...more] = (view && view.steps) || [];
    if (!now) return undefined;
    if (step && !more.length && "cluster" in step) return now.clusters.get(step.cluster);
    return sound === null || sound === undefined ? undefined : now.clusters.get(now.labels[syllabary.project.rowOf(sound)]);
  };

  const chooseFirst = () => tell("Choose a group first: click its row, or a sound in it.");

  const open = (_clicks, view, sound) => {
    const info = current(view, sound);
    if (!info) { chooseFirst(); return nothing(); }
    if (!info.cluster) { tell(`${info.title} holds the sounds that are not assigned; it keeps its name.`); return nothing(); }
    set("DESCRIBE_DIALOG", { is_open: true });
    set("NOTE", { value: "", disabled: true });   // until the note has come from the server
    fill(info);
    return { cluster: info.cluster, at: Date.now() };
  };

  const fill = (info) => {
    const name = element("NAME");
    if (!name) { requestAnimationFrame(() => fill(info)); return; }
    set("DESCRIBE_TITLE", { children: `Name, colour and note of ${info.title}` });
    set("NAME", { value: info.name });
    set("COLOUR", { value: info.colour });
    name.focus();
    requestAnimationFrame(() => name.select());
  };

  const save = (_clicks, described) => {
    set("DESCRIBE_DIALOG", { is_open: false });
    return { cluster: described.cluster, name: element("NAME").value.trim(), colour: element("COLOUR").value,
             note: element("NOTE").value.trim(), at: Date.now() };
  };

  const pressed = (event) => {
    if (event.key === "Enter" && [id.NAME, id.COLOUR].includes(event.target.id)) element("DESCRIBE").click();
  };

  const openMerge = (_clicks, view, sound) => {
    const info = current(view, sound);
    if (!info) { syllabary.dialog.forget(); chooseFirst(); return nothing(); }
    syllabary.dialog.open(info);
    return true;
  };

  document.addEventListener("keydown", pressed);

  window.dash_clientside = Object.assign({}, window.dash_clientside, { describing: { open, save, openMerge } });
})();
