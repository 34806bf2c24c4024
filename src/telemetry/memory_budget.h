// Byte accounting against a limit. Budgets form a tree: a reservation counts in the budget and in all its ancestors,
// or in none of them. Thread-safe.
//
// A Reservation returns its bytes when it dies. Budgets must outlive their reservations.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "base/result.h"

namespace isobar::telemetry {

class MemoryBudget {
 public:
  // `setting` is the flag or configuration key that raises the limit; it is named in the error. Limit 0: no limit.
  MemoryBudget(std::string name, std::uint64_t limit_bytes, std::string setting, MemoryBudget* parent = nullptr)
      : name_(std::move(name)), setting_(std::move(setting)), limit_(limit_bytes), parent_(parent) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // True and counted, or false and nothing counted.
  bool try_reserve(std::uint64_t bytes) {
    const std::uint64_t now = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    if ((limit_ != 0 && now > limit_) || (parent_ != nullptr && !parent_->try_reserve(bytes))) {
      used_.fetch_sub(bytes, std::memory_order_relaxed);
      rejected_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    std::uint64_t peak = peak_.load(std::memory_order_relaxed);
    while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
    return true;
  }
  // Counts without asking, for what cannot be refused any more (an acknowledged sample being folded). Whoever admits
  // new work looks at exceeded() first.
  void reserve_always(std::uint64_t bytes) {
    const std::uint64_t now = used_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    std::uint64_t peak = peak_.load(std::memory_order_relaxed);
    while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
    if (parent_ != nullptr) parent_->reserve_always(bytes);
  }
  bool exceeded() const { return limit_ != 0 && used_bytes() >= limit_; }
  // As try_reserve; the error names the budget that refused, its limit and setting, and has `code` if it is this one,
  // kUnavailable if it is an ancestor.
  Result<void> reserve(std::uint64_t bytes, Code code);
  void release(std::uint64_t bytes) {
    used_.fetch_sub(bytes, std::memory_order_relaxed);
    if (parent_ != nullptr) parent_->release(bytes);
  }

  const std::string& name() const { return name_; }
  std::uint64_t used_bytes() const { return used_.load(std::memory_order_relaxed); }
  std::uint64_t peak_bytes() const { return peak_.load(std::memory_order_relaxed); }
  std::uint64_t limit_bytes() const { return limit_; }
  std::uint64_t rejections() const { return rejected_.load(std::memory_order_relaxed); }

 private:
  std::string name_;
  std::string setting_;
  std::uint64_t limit_;
  MemoryBudget* parent_;
  std::atomic<std::uint64_t> used_{0};
  std::atomic<std::uint64_t> peak_{0};
  std::atomic<std::uint64_t> rejected_{0};
};

// Bytes held against a budget. Movable; not thread-safe in itself.
class Reservation {
 public:
  Reservation() = default;
  explicit Reservation(MemoryBudget& budget) : budget_(&budget) {}
  Reservation(Reservation&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Reservation& operator=(Reservation&& other) noexcept {
    if (this != &other) {
      clear();
      budget_ = std::exchange(other.budget_, nullptr);
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  ~Reservation() { clear(); }

  // Adds to what is held.
  Result<void> grow(std::uint64_t bytes, Code code) {
    if (budget_ == nullptr) return {};
    TRYV(budget_->reserve(bytes, code));
    bytes_ += bytes;
    return {};
  }
  bool try_grow(std::uint64_t bytes) {
    if (budget_ == nullptr) return true;
    if (!budget_->try_reserve(bytes)) return false;
    bytes_ += bytes;
    return true;
  }
  void shrink(std::uint64_t bytes) {
    if (budget_ == nullptr) return;
    if (bytes > bytes_) bytes = bytes_;
    budget_->release(bytes);
    bytes_ -= bytes;
  }
  void clear() { shrink(bytes_); }
  std::uint64_t bytes() const { return bytes_; }

 private:
  MemoryBudget* budget_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace isobar::telemetry
