/// The numbers from 0 to below `count`, sorted.
///
/// (One sort for all kinds of elements: the standard library's would be in a program once for each.)
@inline(never)
func order(of count: Int, by precedes: (Int, Int) -> Bool) -> [Int] {
  var numbers = [Int](0..<count)
  numbers.sort(by: precedes)
  return numbers
}

/// An element that stands twice, or nil.
func duplicate(in elements: [[UInt8]]) -> [UInt8]? {
  let order = order(of: elements.count) { elements[$0].lexicographicallyPrecedes(elements[$1]) }
  for index in order.indices.dropFirst() where elements[order[index]] == elements[order[index - 1]] {
    return elements[order[index]]
  }
  return nil
}

extension String {
  /// The UTF-8 bytes. (Arrays of them take much less code to compare and to go through than views of a string.)
  @inline(never)
  var bytes: [UInt8] {
    var result: [UInt8] = []
    result.append(contentsOf: utf8)
    return result
  }
}
