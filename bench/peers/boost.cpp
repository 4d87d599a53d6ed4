// boost.cpp - Boost.Histogram: two regular axes without overflow bins, 32-bit counts. See peer.h.
#include "peer.h"
#include <boost/histogram.hpp>
#include <vector>

namespace bh = boost::histogram;
using axis_type = bh::axis::regular<float, bh::use_default, bh::use_default, bh::axis::option::none_t>;

static auto make_grid(unsigned width)
{
    return bh::make_histogram_with(std::vector<uint32_t>(), axis_type(width, 0, 1), axis_type(width, 0, 1));
}
static decltype(make_grid(1)) histogram;

static void peer_open(size_t width) { histogram = make_grid(static_cast<unsigned>(width)); }

static void peer_clear() { histogram.reset(); }

static void peer_fill(const float *x, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i++) histogram(x[i], y[i]);
}

static uint32_t peer_count(size_t column, size_t row)
{
    return histogram.at(static_cast<int>(column), static_cast<int>(row));
}
