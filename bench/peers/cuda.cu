// cuda.cu - plain CUDA and CUB on the points of bench/gl.c: what one would write for one's own GPU.
//    peer_cuda --device                      prints the device, and fails where there is none
//    peer_cuda COUNT ROUNDS RESULTS WIDTH... counts COUNT floats x, then COUNT floats y, of 0..1, from standard
//                                            input into WIDTH x WIDTH cells
// RESULTS is written, a line for each way and width: NAME WIDTH HASH and the microseconds of each round. The points
// are on the device, clearing the cells is part of the time. HASH is FNV-1a of the counts, a word at a time.
//    cuda-atomic         a thread for each point, an atomic add into the cells
//    cuda-cub-histogram  cub::DeviceHistogram of the cell's number, which an iterator computes
//    cuda-cub-sort       the numbers are written, sorted by cub::DeviceRadixSort, and their runs counted
#include <cub/cub.cuh>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

static void check(cudaError_t result, const char *what)
{
    if (result == cudaSuccess) return;
    std::fprintf(stderr, "peer_cuda: %s: %s\n", what, cudaGetErrorString(result));
    std::exit(1);
}

struct points {
    const float *x, *y;
    unsigned width;
};

// The number of a point's cell. All points are inside.
struct cell_of {
    points p;
    __host__ __device__ int operator()(int i) const
    {
        const int column = static_cast<int>(p.x[i] * static_cast<float>(p.width));
        const int row = static_cast<int>(p.y[i] * static_cast<float>(p.width));
        return row * static_cast<int>(p.width) + column;
    }
};

__global__ void count_points(points p, int count, uint32_t *cells)
{
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const cell_of cell = {p};
    if (i < count) atomicAdd(&cells[cell(i)], 1u);
}

__global__ void write_numbers(points p, int count, uint32_t *numbers)
{
    const int i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
    const cell_of cell = {p};
    if (i < count) numbers[i] = static_cast<uint32_t>(cell(i));
}

__global__ void write_runs(const uint32_t *numbers, const uint32_t *lengths, const uint32_t *runs, uint32_t *cells)
{
    const uint32_t i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < *runs) cells[numbers[i]] = lengths[i];
}

static unsigned blocks_of(size_t count) { return static_cast<unsigned>((count + 255) / 256); }

// A way to count. prepare takes the memory that it needs beside the cells: false where the device has not enough.
struct way {
    points p;
    int count;
    uint32_t *cells;
    size_t cell_count;
    void *scratch = nullptr;
    size_t scratch_bytes = 0;
    std::vector<void *> blocks;
    virtual ~way()
    {
        for (void *block : blocks) cudaFree(block);
    }
    virtual const char *name() = 0;
    virtual bool prepare() = 0;
    virtual void run() = 0;
    bool take(void **memory, size_t bytes)
    {
        const bool taken = cudaMalloc(memory, bytes > 0 ? bytes : 1) == cudaSuccess;
        if (taken) blocks.push_back(*memory);
        else cudaGetLastError(); // forgotten
        return taken;
    }
};

struct by_atomic : way {
    const char *name() override { return "cuda-atomic"; }
    bool prepare() override { return true; }
    void run() override
    {
        cudaMemsetAsync(cells, 0, 4 * cell_count);
        count_points<<<blocks_of(static_cast<size_t>(count)), 256>>>(p, count, cells);
    }
};

struct by_histogram : way {
    const char *name() override { return "cuda-cub-histogram"; }
    bool prepare() override
    {
        run(); // without scratch it tells how much
        return take(&scratch, scratch_bytes);
    }
    void run() override
    {
        const auto numbers =
            thrust::make_transform_iterator(thrust::counting_iterator<int>(0), cell_of{p});
        cub::DeviceHistogram::HistogramEven(scratch, scratch_bytes, numbers, cells, static_cast<int>(cell_count) + 1,
                                            0, static_cast<int>(cell_count), count);
    }
};

struct by_sort : way {
    uint32_t *numbers, *sorted, *unique, *lengths, *runs;
    size_t sort_bytes = 0, run_bytes = 0;
    const char *name() override { return "cuda-cub-sort"; }
    void sort(void *memory)
    {
        int bits = 1;
        while ((size_t{1} << bits) < cell_count) bits++;
        cub::DeviceRadixSort::SortKeys(memory, sort_bytes, numbers, sorted, count, 0, bits);
    }
    void encode(void *memory)
    {
        cub::DeviceRunLengthEncode::Encode(memory, run_bytes, sorted, unique, lengths, runs, count);
    }
    bool prepare() override
    {
        const size_t points = static_cast<size_t>(count), bytes = 4 * points;
        const size_t most = 4 * std::min(points, cell_count);
        if (!take(reinterpret_cast<void **>(&numbers), bytes) || !take(reinterpret_cast<void **>(&sorted), bytes) ||
            !take(reinterpret_cast<void **>(&unique), most) || !take(reinterpret_cast<void **>(&lengths), most) ||
            !take(reinterpret_cast<void **>(&runs), 4))
            return false;
        sort(nullptr);
        encode(nullptr);
        return take(&scratch, std::max(sort_bytes, run_bytes));
    }
    void run() override
    {
        const size_t most = std::min(static_cast<size_t>(count), cell_count);
        cudaMemsetAsync(cells, 0, 4 * cell_count);
        write_numbers<<<blocks_of(static_cast<size_t>(count)), 256>>>(p, count, numbers);
        sort(scratch);
        encode(scratch);
        write_runs<<<blocks_of(most), 256>>>(unique, lengths, runs, cells);
    }
};

static unsigned long long hash_of(const std::vector<uint32_t> &counts)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (uint32_t count : counts) hash = (hash ^ count) * 0x100000001b3u;
    return hash;
}

static void measure(way &w, int rounds, std::FILE *results)
{
    std::vector<cudaEvent_t> events(2 * static_cast<size_t>(rounds));
    std::vector<uint32_t> counts(w.cell_count);
    if (!w.prepare()) {
        std::fprintf(stderr, "peer_cuda: %s %u wide: not enough memory on the device\n", w.name(), w.p.width);
        return;
    }
    for (cudaEvent_t &event : events) check(cudaEventCreate(&event), "cudaEventCreate");
    for (int i = 0; i < 3; i++) w.run();
    for (size_t i = 0; i < events.size(); i += 2) { // submitted one after the other, as frames are
        cudaEventRecord(events[i]);
        w.run();
        cudaEventRecord(events[i + 1]);
    }
    check(cudaGetLastError(), w.name());
    check(cudaDeviceSynchronize(), w.name());
    check(cudaMemcpy(counts.data(), w.cells, 4 * w.cell_count, cudaMemcpyDeviceToHost), w.name());
    std::fprintf(results, "%s %u %llx", w.name(), w.p.width, hash_of(counts));
    for (size_t i = 0; i < events.size(); i += 2) {
        float milliseconds = 0;
        check(cudaEventElapsedTime(&milliseconds, events[i], events[i + 1]), w.name());
        std::fprintf(results, " %.4f", 1e3 * static_cast<double>(milliseconds));
    }
    std::fprintf(results, "\n");
    for (cudaEvent_t event : events) cudaEventDestroy(event);
}

static int tell_device()
{
    cudaDeviceProp properties;
    int driver = 0;
    if (cudaGetDeviceProperties(&properties, 0) != cudaSuccess) return 1;
    cudaDriverGetVersion(&driver);
    std::printf("CUDA: %s, compiled with %d.%d, driver for %d.%d\n", properties.name, CUDART_VERSION / 1000,
                CUDART_VERSION % 1000 / 10, driver / 1000, driver % 1000 / 10);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && std::strcmp(argv[1], "--device") == 0) return tell_device();
    if (argc < 5) return 2;
    const size_t count = std::strtoull(argv[1], nullptr, 10);
    const int rounds = std::atoi(argv[2]);
    std::vector<float> values(count);
    float *columns[2];
    for (float *&column : columns) {
        if (std::fread(values.data(), sizeof(float), count, stdin) != count) return 1;
        check(cudaMalloc(&column, 4 * count), "cudaMalloc");
        check(cudaMemcpy(column, values.data(), 4 * count, cudaMemcpyHostToDevice), "cudaMemcpy");
    }
    std::FILE *results = std::fopen(argv[3], "w");
    if (results == nullptr) return 1;
    for (int i = 4; i < argc; i++) {
        by_atomic atomic;
        by_histogram histogram;
        by_sort sort;
        way *const ways[] = {&atomic, &histogram, &sort};
        const unsigned width = static_cast<unsigned>(std::atoi(argv[i]));
        uint32_t *cells;
        check(cudaMalloc(&cells, 4 * static_cast<size_t>(width) * width), "cudaMalloc");
        for (way *w : ways) {
            w->p = points{columns[0], columns[1], width};
            w->count = static_cast<int>(count);
            w->cells = cells;
            w->cell_count = static_cast<size_t>(width) * width;
            measure(*w, rounds, results);
        }
        cudaFree(cells);
    }
    return std::fclose(results) != 0;
}
