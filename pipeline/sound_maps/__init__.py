"""Sound maps: features × reducers with grids of parameters, each map kept in the project and scored against labels.

After Fedden (2017) and klustr (Hantrakul & Sarwate 2017), who laid drum samples out by their first quarter of a second.
"""

from pipeline.sound_maps.grid import Grid
from pipeline.sound_maps.making import Made, make
from pipeline.sound_maps.scaling import robust
from pipeline.sound_maps.stored import MapInfo, listing, places

__all__ = ["Grid", "Made", "MapInfo", "listing", "make", "places", "robust"]
