// Internal: the queue of a run. Order: time, then rank, then the order of pushing, so equal inputs give equal runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace isobar::plan::simulation {

enum class Action : std::uint8_t {
  kFault,        // object: index into the scenario
  kFaultEnds,    // the same
  kNodeReady,    // object: node
  kNodeDetected,
  kNodeRemoved,
  kReplaceNode,
  kContainerStart,  // object: pod
  kReady,
  kRestart,
  kSurgeReady,
  kCreatePod,
  kDetach,  // object: volume
  kCrash,  // deadlines come after everything else of their millisecond: what arrives just in time has arrived
  kEvict,
  kScan,  // sees what the scheduler has done
};

struct Timed {
  std::int64_t time;
  std::uint64_t order;  // rank, then sequence number
  std::uint32_t epoch;  // of the object; another one means that the event was overtaken
  std::int16_t object;
  Action action;
};

class EventQueue {
 public:
  void clear() {
    heap_.clear();
    sequence_ = 0;
  }
  bool empty() const { return heap_.empty(); }
  const Timed& top() const { return heap_.front(); }
  void push(std::int64_t time, Action action, std::int16_t object, std::uint32_t epoch) {
    const std::uint64_t rank = action >= Action::kCrash ? 1 : 0;
    heap_.push_back({time, (rank << 56) | sequence_++, epoch, object, action});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  Timed pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Timed event = heap_.back();
    heap_.pop_back();
    return event;
  }

 private:
  static bool later(const Timed& a, const Timed& b) {
    return a.time != b.time ? a.time > b.time : a.order > b.order;
  }
  std::vector<Timed> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace isobar::plan::simulation
