// The functions of mlx-c 0.7 that bessemer.mlx calls, over MLX's C++ headers: a stand-in where no
// package brings libmlxc. Names, arguments and layout are mlx-c's, so that either library serves.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "mlx/mlx.h"
#include "mlx/version.h"

namespace mx = mlx::core;

extern "C" {
struct mlx_array {
  void* ctx;
};
struct mlx_vector_array {
  void* ctx;
};
struct mlx_stream {
  void* ctx;
};
struct mlx_string {
  void* ctx;
};
struct mlx_device {
  void* ctx;
};
struct mlx_device_info {
  void* ctx;
};
struct mlx_optional_int {
  int value;
  bool has_value;
};
struct mlx_optional_float {
  float value;
  bool has_value;
};
struct mlx_optional_dtype {
  int value;
  bool has_value;
};
typedef void (*mlx_error_handler_func)(const char* message, void* data);
}

namespace {
mlx_error_handler_func handler;
void* handler_data;

// As in mlx-c, the handler is the process's, called on the thread of the failing call.
int failed(const char* message) {
  if (!handler) {
    std::fprintf(stderr, "MLX error: %s\n", message);
    std::exit(-1);
  }
  handler(message, handler_data);
  return 1;
}

template <typename F>
int guarded(F body) {
  try {
    body();
    return 0;
  } catch (const std::exception& e) {
    return failed(e.what());
  }
}

template <typename H, typename F>
H made(F body) {
  try {
    return H{body()};
  } catch (const std::exception& e) {
    failed(e.what());
    return H{nullptr};
  }
}

const mx::array& arr(mlx_array a) {
  if (!a.ctx) {
    throw std::runtime_error("an array is missing");
  }
  return *static_cast<mx::array*>(a.ctx);
}

std::optional<mx::array> maybe(mlx_array a) {
  return a.ctx ? std::optional<mx::array>(arr(a)) : std::nullopt;
}

const std::vector<mx::array>& vec(mlx_vector_array v) {
  return *static_cast<std::vector<mx::array>*>(v.ctx);
}

mx::Stream str(mlx_stream s) {
  return *static_cast<mx::Stream*>(s.ctx);
}

mx::Shape dims(const int* from, size_t count) {
  return mx::Shape(from, from + count);
}

std::vector<int> ints(const int* from, size_t count) {
  return std::vector<int>(from, from + count);
}

using Facts = std::unordered_map<std::string, std::variant<std::string, size_t>>;

const Facts& facts(mlx_device_info info) {
  return *static_cast<Facts*>(info.ctx);
}

// In the order of MLX's own enumeration.
const mx::Dtype types[] = {
    mx::bool_, mx::uint8, mx::uint16, mx::uint32, mx::uint64, mx::int8, mx::int16,
    mx::int32, mx::int64, mx::float16, mx::float32, mx::float64, mx::bfloat16, mx::complex64};

mx::Dtype type(int code) {
  if (code < 0 || code >= static_cast<int>(sizeof(types) / sizeof(types[0]))) {
    throw std::runtime_error("no such element type");
  }
  return types[code];
}

std::optional<int> maybe(mlx_optional_int i) {
  return i.has_value ? std::optional<int>(i.value) : std::nullopt;
}

// Results go into the array that is there, or into a new one.
template <typename F>
int into(mlx_array* res, F body) {
  return guarded([&] {
    mx::array value = body();
    if (res->ctx) {
      *static_cast<mx::array*>(res->ctx) = std::move(value);
    } else {
      res->ctx = new mx::array(std::move(value));
    }
  });
}

template <typename T>
mx::array copied(const void* data, const mx::Shape& shape, mx::Dtype dtype) {
  return mx::array(static_cast<const T*>(data), shape, dtype);
}
} // namespace

extern "C" {
void mlx_set_error_handler(mlx_error_handler_func next, void* data, void (*)(void*)) {
  handler = next;
  handler_data = data;
}

int mlx_version(mlx_string* res) {
  return guarded([&] {
    auto text = new std::string(mx::version());
    delete static_cast<std::string*>(res->ctx);
    res->ctx = text;
  });
}

const char* mlx_string_data(mlx_string s) {
  return static_cast<std::string*>(s.ctx)->c_str();
}

int mlx_string_free(mlx_string s) {
  delete static_cast<std::string*>(s.ctx);
  return 0;
}

// ---- streams and memory

mlx_stream mlx_default_cpu_stream_new() {
  return made<mlx_stream>([] { return new mx::Stream(mx::default_stream(mx::Device::cpu)); });
}

mlx_stream mlx_default_gpu_stream_new() {
  return made<mlx_stream>([] { return new mx::Stream(mx::default_stream(mx::Device::gpu)); });
}

int mlx_stream_free(mlx_stream s) {
  delete static_cast<mx::Stream*>(s.ctx);
  return 0;
}

int mlx_synchronize(mlx_stream s) {
  return guarded([&] { mx::synchronize(str(s)); });
}

int mlx_synchronize_default() {
  return guarded([] { mx::synchronize(); });
}

int mlx_get_active_memory(size_t* res) {
  return guarded([&] { *res = mx::get_active_memory(); });
}

int mlx_get_peak_memory(size_t* res) {
  return guarded([&] { *res = mx::get_peak_memory(); });
}

int mlx_get_cache_memory(size_t* res) {
  return guarded([&] { *res = mx::get_cache_memory(); });
}

int mlx_get_memory_limit(size_t* res) {
  return guarded([&] { *res = mx::get_memory_limit(); });
}

int mlx_reset_peak_memory() {
  return guarded([] { mx::reset_peak_memory(); });
}

int mlx_clear_cache() {
  return guarded([] { mx::clear_cache(); });
}

int mlx_set_memory_limit(size_t* res, size_t limit) {
  return guarded([&] { *res = mx::set_memory_limit(limit); });
}

int mlx_set_cache_limit(size_t* res, size_t limit) {
  return guarded([&] { *res = mx::set_cache_limit(limit); });
}

int mlx_set_wired_limit(size_t* res, size_t limit) {
  return guarded([&] { *res = mx::set_wired_limit(limit); });
}

// ---- devices

int mlx_metal_is_available(bool* res) {
  return guarded([&] { *res = mx::metal::is_available(); });
}

mlx_device mlx_device_new_type(int type, int index) {
  return made<mlx_device>(
      [&] { return new mx::Device(type == 0 ? mx::Device::cpu : mx::Device::gpu, index); });
}

int mlx_device_free(mlx_device d) {
  delete static_cast<mx::Device*>(d.ctx);
  return 0;
}

int mlx_device_is_available(bool* res, mlx_device d) {
  return guarded([&] { *res = mx::is_available(*static_cast<mx::Device*>(d.ctx)); });
}

mlx_device_info mlx_device_info_new() {
  return mlx_device_info{nullptr};
}

int mlx_device_info_get(mlx_device_info* info, mlx_device d) {
  return guarded([&] {
    auto all = new Facts(mx::device_info(*static_cast<mx::Device*>(d.ctx)));
    delete static_cast<Facts*>(info->ctx);
    info->ctx = all;
  });
}

int mlx_device_info_free(mlx_device_info info) {
  delete static_cast<Facts*>(info.ctx);
  return 0;
}

int mlx_device_info_has_key(bool* exists, mlx_device_info info, const char* key) {
  return guarded([&] { *exists = facts(info).count(key) > 0; });
}

int mlx_device_info_get_string(const char** value, mlx_device_info info, const char* key) {
  return guarded([&] { *value = std::get<std::string>(facts(info).at(key)).c_str(); });
}

int mlx_device_info_get_size(size_t* value, mlx_device_info info, const char* key) {
  return guarded([&] { *value = std::get<size_t>(facts(info).at(key)); });
}

// ---- arrays

mlx_array mlx_array_new_float(float value) {
  return made<mlx_array>([&] { return new mx::array(value); });
}

mlx_array mlx_array_new_int(int value) {
  return made<mlx_array>([&] { return new mx::array(value); });
}

mlx_array mlx_array_new_data(const void* data, const int* shape, int dim, int dtype) {
  return made<mlx_array>([&] {
    mx::Dtype t = type(dtype);
    mx::Shape s = dims(shape, dim);
    switch (t.val()) {
      case mx::Dtype::Val::bool_:
        return new mx::array(copied<bool>(data, s, t));
      case mx::Dtype::Val::int32:
        return new mx::array(copied<int32_t>(data, s, t));
      case mx::Dtype::Val::uint32:
        return new mx::array(copied<uint32_t>(data, s, t));
      case mx::Dtype::Val::float32:
        return new mx::array(copied<float>(data, s, t));
      case mx::Dtype::Val::int8:
        return new mx::array(copied<int8_t>(data, s, t));
      case mx::Dtype::Val::float16:
        return new mx::array(copied<mx::float16_t>(data, s, t));
      case mx::Dtype::Val::bfloat16:
        return new mx::array(copied<mx::bfloat16_t>(data, s, t));
      default:
        throw std::runtime_error("this element type is not uploaded");
    }
  });
}

mlx_array mlx_array_new_data_managed_payload(
    void* data, const int* shape, int dim, int dtype, void* payload, void (*free)(void*)) {
  return made<mlx_array>([&] {
    return new mx::array(
        data, dims(shape, dim), type(dtype), [free, payload](void*) { free(payload); });
  });
}

int mlx_array_free(mlx_array a) {
  return guarded([&] { delete static_cast<mx::array*>(a.ctx); });
}

size_t mlx_array_ndim(mlx_array a) {
  return arr(a).ndim();
}

const int* mlx_array_shape(mlx_array a) {
  return arr(a).shape().data();
}

const size_t* mlx_array_strides(mlx_array a) {
  static_assert(sizeof(size_t) == sizeof(int64_t));
  return reinterpret_cast<const size_t*>(arr(a).strides().data());
}

int mlx_array_dtype(mlx_array a) {
  return static_cast<int>(arr(a).dtype().val());
}

const float* mlx_array_data_float32(mlx_array a) {
  return arr(a).data<float>();
}

const int32_t* mlx_array_data_int32(mlx_array a) {
  return arr(a).data<int32_t>();
}

const uint32_t* mlx_array_data_uint32(mlx_array a) {
  return arr(a).data<uint32_t>();
}

const int8_t* mlx_array_data_int8(mlx_array a) {
  return arr(a).data<int8_t>();
}

const uint16_t* mlx_array_data_uint16(mlx_array a) {
  return arr(a).data<uint16_t>();
}

mlx_vector_array mlx_vector_array_new_data(const mlx_array* data, size_t size) {
  return made<mlx_vector_array>([&] {
    auto all = new std::vector<mx::array>();
    for (size_t i = 0; i < size; i++) {
      all->push_back(arr(data[i]));
    }
    return all;
  });
}

int mlx_vector_array_free(mlx_vector_array v) {
  return guarded([&] { delete static_cast<std::vector<mx::array>*>(v.ctx); });
}

size_t mlx_vector_array_size(mlx_vector_array v) {
  return vec(v).size();
}

int mlx_vector_array_get(mlx_array* res, mlx_vector_array v, size_t i) {
  return into(res, [&] { return vec(v).at(i); });
}

int mlx_eval(mlx_vector_array v) {
  return guarded([&] { mx::eval(vec(v)); });
}

int mlx_async_eval(mlx_vector_array v) {
  return guarded([&] { mx::async_eval(vec(v)); });
}

// ---- operations

#define UNARY(name) \
  int mlx_##name(mlx_array* res, mlx_array a, mlx_stream s) { \
    return into(res, [&] { return mx::name(arr(a), str(s)); }); \
  }
#define BINARY(name) \
  int mlx_##name(mlx_array* res, mlx_array a, mlx_array b, mlx_stream s) { \
    return into(res, [&] { return mx::name(arr(a), arr(b), str(s)); }); \
  }

UNARY(sigmoid)
BINARY(add)
BINARY(subtract)
BINARY(multiply)
BINARY(power)
BINARY(maximum)
BINARY(divide)
BINARY(equal)
BINARY(less)
BINARY(greater_equal)
BINARY(matmul)

int mlx_where(mlx_array* res, mlx_array c, mlx_array x, mlx_array y, mlx_stream s) {
  return into(res, [&] { return mx::where(arr(c), arr(x), arr(y), str(s)); });
}

int mlx_full(
    mlx_array* res, const int* shape, size_t n, mlx_array value, int dtype, mlx_stream s) {
  return into(res, [&] { return mx::full(dims(shape, n), arr(value), type(dtype), str(s)); });
}

int mlx_softmax_axis(mlx_array* res, mlx_array a, int axis, bool precise, mlx_stream s) {
  return into(res, [&] { return mx::softmax(arr(a), axis, precise, str(s)); });
}

int mlx_sum_axis(mlx_array* res, mlx_array a, int axis, bool keep, mlx_stream s) {
  return into(res, [&] { return mx::sum(arr(a), axis, keep, str(s)); });
}

int mlx_max_axis(mlx_array* res, mlx_array a, int axis, bool keep, mlx_stream s) {
  return into(res, [&] { return mx::max(arr(a), axis, keep, str(s)); });
}

int mlx_round(mlx_array* res, mlx_array a, int decimals, mlx_stream s) {
  return into(res, [&] { return mx::round(arr(a), decimals, str(s)); });
}

int mlx_view(mlx_array* res, mlx_array a, int dtype, mlx_stream s) {
  return into(res, [&] { return mx::view(arr(a), type(dtype), str(s)); });
}

int mlx_logsumexp_axis(mlx_array* res, mlx_array a, int axis, bool keep, mlx_stream s) {
  return into(res, [&] { return mx::logsumexp(arr(a), axis, keep, str(s)); });
}

int mlx_argmax_axis(mlx_array* res, mlx_array a, int axis, bool keep, mlx_stream s) {
  return into(res, [&] { return mx::argmax(arr(a), axis, keep, str(s)); });
}

int mlx_argsort_axis(mlx_array* res, mlx_array a, int axis, mlx_stream s) {
  return into(res, [&] { return mx::argsort(arr(a), axis, str(s)); });
}

int mlx_cumsum_axis(
    mlx_array* res,
    mlx_array a,
    int axis,
    bool reverse,
    bool inclusive,
    mlx_optional_dtype dtype,
    mlx_stream s) {
  return into(res, [&] {
    mx::array from = dtype.has_value ? mx::astype(arr(a), type(dtype.value), str(s)) : arr(a);
    return mx::cumsum(from, axis, reverse, inclusive, str(s));
  });
}

int mlx_quantized_matmul(
    mlx_array* res,
    mlx_array x,
    mlx_array w,
    mlx_array scales,
    mlx_array biases,
    bool transpose,
    mlx_optional_int group,
    mlx_optional_int bits,
    const char* mode,
    mlx_stream s) {
  return into(res, [&] {
    return mx::quantized_matmul(
        arr(x), arr(w), arr(scales), maybe(biases), transpose, maybe(group), maybe(bits), mode,
        str(s));
  });
}

int mlx_dequantize(
    mlx_array* res,
    mlx_array w,
    mlx_array scales,
    mlx_array biases,
    mlx_optional_int group,
    mlx_optional_int bits,
    const char* mode,
    mlx_array global_scale,
    mlx_optional_dtype dtype,
    mlx_stream s) {
  return into(res, [&] {
    auto to = dtype.has_value ? std::optional<mx::Dtype>(type(dtype.value)) : std::nullopt;
    return mx::dequantize(
        arr(w), arr(scales), maybe(biases), maybe(group), maybe(bits), mode, maybe(global_scale),
        to, str(s));
  });
}

int mlx_quantize(
    mlx_vector_array* res,
    mlx_array w,
    mlx_optional_int group,
    mlx_optional_int bits,
    const char* mode,
    mlx_array global_scale,
    mlx_stream s) {
  return guarded([&] {
    auto all = new std::vector<mx::array>(mx::quantize(
        arr(w), maybe(group), maybe(bits), mode, maybe(global_scale), str(s)));
    delete static_cast<std::vector<mx::array>*>(res->ctx);
    res->ctx = all;
  });
}

int mlx_take_axis(mlx_array* res, mlx_array a, mlx_array indices, int axis, mlx_stream s) {
  return into(res, [&] { return mx::take(arr(a), arr(indices), axis, str(s)); });
}

int mlx_take_along_axis(mlx_array* res, mlx_array a, mlx_array indices, int axis, mlx_stream s) {
  return into(res, [&] { return mx::take_along_axis(arr(a), arr(indices), axis, str(s)); });
}

int mlx_scatter_add(
    mlx_array* res,
    mlx_array a,
    mlx_vector_array indices,
    mlx_array updates,
    const int* axes,
    size_t n,
    mlx_stream s) {
  return into(res, [&] {
    return mx::scatter_add(arr(a), vec(indices), arr(updates), ints(axes, n), str(s));
  });
}

int mlx_reshape(mlx_array* res, mlx_array a, const int* shape, size_t n, mlx_stream s) {
  return into(res, [&] { return mx::reshape(arr(a), dims(shape, n), str(s)); });
}

int mlx_broadcast_to(mlx_array* res, mlx_array a, const int* shape, size_t n, mlx_stream s) {
  return into(res, [&] { return mx::broadcast_to(arr(a), dims(shape, n), str(s)); });
}

int mlx_transpose_axes(mlx_array* res, mlx_array a, const int* axes, size_t n, mlx_stream s) {
  return into(res, [&] { return mx::transpose(arr(a), ints(axes, n), str(s)); });
}

int mlx_slice(
    mlx_array* res,
    mlx_array a,
    const int* start,
    size_t starts,
    const int* stop,
    size_t stops,
    const int* step,
    size_t steps,
    mlx_stream s) {
  return into(res, [&] {
    return mx::slice(arr(a), dims(start, starts), dims(stop, stops), dims(step, steps), str(s));
  });
}

int mlx_slice_update(
    mlx_array* res,
    mlx_array a,
    mlx_array update,
    const int* start,
    size_t starts,
    const int* stop,
    size_t stops,
    const int* step,
    size_t steps,
    mlx_stream s) {
  return into(res, [&] {
    return mx::slice_update(
        arr(a), arr(update), dims(start, starts), dims(stop, stops), dims(step, steps), str(s));
  });
}

int mlx_concatenate_axis(mlx_array* res, mlx_vector_array all, int axis, mlx_stream s) {
  return into(res, [&] { return mx::concatenate(vec(all), axis, str(s)); });
}

int mlx_astype(mlx_array* res, mlx_array a, int dtype, mlx_stream s) {
  return into(res, [&] { return mx::astype(arr(a), type(dtype), str(s)); });
}

int mlx_contiguous(mlx_array* res, mlx_array a, bool columns, mlx_stream s) {
  return into(res, [&] { return mx::contiguous(arr(a), columns, str(s)); });
}

int mlx_fast_rms_norm(mlx_array* res, mlx_array x, mlx_array weight, float eps, mlx_stream s) {
  return into(res, [&] { return mx::fast::rms_norm(arr(x), maybe(weight), eps, str(s)); });
}

int mlx_fast_layer_norm(
    mlx_array* res, mlx_array x, mlx_array weight, mlx_array bias, float eps, mlx_stream s) {
  return into(
      res, [&] { return mx::fast::layer_norm(arr(x), maybe(weight), maybe(bias), eps, str(s)); });
}

int mlx_fast_rope(
    mlx_array* res,
    mlx_array x,
    int width,
    bool traditional,
    mlx_optional_float base,
    float scale,
    int offset,
    mlx_array freqs,
    mlx_stream s) {
  return into(res, [&] {
    auto b = base.has_value ? std::optional<float>(base.value) : std::nullopt;
    return mx::fast::rope(arr(x), width, traditional, b, scale, offset, maybe(freqs), str(s));
  });
}

int mlx_fast_rope_dynamic(
    mlx_array* res,
    mlx_array x,
    int width,
    bool traditional,
    mlx_optional_float base,
    float scale,
    mlx_array offset,
    mlx_array freqs,
    mlx_stream s) {
  return into(res, [&] {
    auto b = base.has_value ? std::optional<float>(base.value) : std::nullopt;
    return mx::fast::rope(arr(x), width, traditional, b, scale, arr(offset), maybe(freqs), str(s));
  });
}

int mlx_fast_scaled_dot_product_attention(
    mlx_array* res,
    mlx_array q,
    mlx_array k,
    mlx_array v,
    float scale,
    const char* mode,
    mlx_array mask,
    mlx_array sinks,
    bool fused,
    mlx_stream s) {
  return into(res, [&] {
    return mx::fast::scaled_dot_product_attention(
        arr(q), arr(k), arr(v), scale, mode, maybe(mask), maybe(sinks), fused, str(s));
  });
}
}
