"""Connected shells against scipy's graph routine."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from arviz.core.triangles import shell_count


@given(st.integers(3, 60), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_shells_are_the_components_of_the_edge_graph(vertices, faces, seed):
    rng = np.random.default_rng(seed)
    triangles = rng.integers(0, vertices, (faces, 3))
    place = rng.integers(0, vertices, vertices)
    corners = place[triangles]
    edges = np.concatenate([corners[:, :2], corners[:, 1:]])
    graph = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(vertices, vertices))
    _, labels = connected_components(graph, directed=False)
    assert shell_count(triangles, place) == len(np.unique(labels[np.unique(corners)]))


def test_a_long_strip_in_bad_order_is_one_shell():
    count = 20_000
    order = np.random.default_rng(0).permutation(count + 2)
    strip = np.stack([order[:count], order[1 : count + 1], order[2 : count + 2]], axis=1)
    assert shell_count(strip, np.arange(count + 2)) == 1
