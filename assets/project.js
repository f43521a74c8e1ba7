// The open project as the browser knows it: where each sound lies, its cluster, and what the clusters are called.
syllabary.project = (() => {
  const { get } = syllabary;
  let now = null;   // { setup, xy, ids, rowOf, labels, clusters, revision }

  const binary = async (url, Kind) => new Kind(await (await get(url)).arrayBuffer());

  const open = async (setup) => {
    const opened = { setup, revision: -1, labels: new Int32Array(setup.count), clusters: new Map() };
    const ids = setup.idsArePositions ? null : binary(`${setup.media}/ids.bin?v=${setup.version}`, Int32Array);
    const points = setup.hasOwnPlaces ? null : binary(`${setup.media}/points.bin?v=${setup.version}`, Float32Array);
    const [xy, segmentIds] = await Promise.all([points, ids, readLabels(opened, setup.revision)]);
    opened.xy = xy;
    opened.ids = segmentIds;
    opened.rows = segmentIds && new Map(Array.from(segmentIds, (segmentId, row) => [segmentId, row]));
    now = opened;
    return opened;
  };

  // Reads labels and clusters as of `revision` or later; true if there was anything to read.
  const readLabels = async (project, revision) => {
    if (!project || project.revision >= revision) return false;
    const key = `v=${project.setup.version}&rev=${revision}`;
    const [labels, about] = await Promise.all([
      binary(`${project.setup.media}/labels.bin?${key}`, Int32Array),
      get(`${project.setup.media}/clusters.json?${key}`).then((answer) => answer.json())]);
    if (project.revision >= revision) return false;
    const clusters = new Map(about.clusters.map((c) => [c.cluster, c]));
    Object.assign(project, { labels, revision, clusters, mode: about.mode });
    return true;
  };

  const idAt = (row) => (now.ids ? now.ids[row] : row);
  const rowOf = (segmentId) => (now.rows ? now.rows.get(segmentId) ?? -1 : segmentId < now.setup.count ? segmentId : -1);
  const close = () => { now = null; };

  return { open, close, idAt, rowOf, refresh: (revision) => readLabels(now, revision), get now() { return now; } };
})();
